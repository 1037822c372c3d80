import { useState } from 'preact/hooks';
import type { PartialReply } from '../../../activities/partial-reply.ts';
import { ClippedText } from '../parts/clipped-text.tsx';
import type { RunStore } from '../state/run-store.ts';
import { usePolling } from '../state/use-polling.ts';

/** What the model has said so far of the reply that it is writing. */
export function RunningReply({ store, agentId, index }: { store: RunStore; agentId: string; index: number }) {
  const [partial, setPartial] = useState<PartialReply | null>(null);
  usePolling(() => store.source.reply(agentId), setPartial, [store, agentId, index], { seldom: 500 });
  // One of another iteration is what a worker left that died meanwhile.
  const { reasoning, text } = partial?.iteration === index ? partial : { reasoning: '', text: '' };
  return (
    <>
      {reasoning !== '' && <ClippedText text={reasoning} label="thoughts so far" kind="reasoning" />}
      {text !== '' && <ClippedText text={text} label="reply so far" kind="message" />}
      <p class="quiet waiting">{text === '' ? 'The model is asked …' : 'The model replies …'}</p>
    </>
  );
}
