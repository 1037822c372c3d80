import { useEffect, useState } from 'preact/hooks';
import { ClippedText } from '../parts/clipped-text.tsx';
import type { RunStore } from '../state/run-store.ts';

/** How often a running cell is asked for what it shows, in milliseconds. */
const everyMs = 500;
/** Of what it shows, so much of the end is kept here; the whole is there when it has ended. */
const keptCharacters = 20_000;

/** What a cell that still runs has shown so far. */
export function RunningOutput({ store, agentId, index }: { store: RunStore; agentId: string; index: number }) {
  const [shown, setShown] = useState('');
  useEffect(() => {
    let cursor = 0;
    let isOver = false;
    const ask = async () => {
      while (!isOver) {
        const output = await store.source.output(agentId, index, cursor).catch(() => null);
        if (isOver) return;
        if (output) {
          cursor = output.cursor;
          const text = output.parts.map((part) => part.text).join('');
          if (text !== '') setShown((before) => (before + text).slice(-keptCharacters));
        }
        await new Promise((resolve) => setTimeout(resolve, output ? everyMs : 4 * everyMs));
      }
    };
    void ask();
    return () => {
      isOver = true;
    };
  }, [store, agentId, index]);
  return (
    <>
      {shown !== '' && <ClippedText text={shown} label="output so far" kind="output" />}
      <p class="quiet waiting">The cell runs …</p>
    </>
  );
}
