import { useRef, useState } from 'preact/hooks';
import { ClippedText } from '../parts/clipped-text.tsx';
import type { RunStore } from '../state/run-store.ts';
import { usePolling } from '../state/use-polling.ts';

/** Of what a running cell shows, so much of the end is kept here; the whole is there when it has ended. */
const keptCharacters = 20_000;

/** What a cell that still runs has shown so far. */
export function RunningOutput({ store, agentId, index }: { store: RunStore; agentId: string; index: number }) {
  const [shown, setShown] = useState('');
  const cursor = useRef(0);
  usePolling(
    () => store.source.output(agentId, index, cursor.current),
    (output) => {
      cursor.current = output.cursor;
      const text = output.parts.map((part) => part.text).join('');
      if (text !== '') setShown((before) => (before + text).slice(-keptCharacters));
    },
    [store, agentId, index],
  );
  return (
    <>
      {shown !== '' && <ClippedText text={shown} label="output so far" kind="output" />}
      <p class="quiet waiting">The cell runs …</p>
    </>
  );
}
