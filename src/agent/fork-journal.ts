import type { Archive } from './archive.ts';
import type { CallRecord } from './cell.ts';
import type { Delivered } from './delivered.ts';
import type { Fork } from './fork.ts';

/** What a fork takes over of the journal of its source. */
export function forkArchive(journal: Archive, { after, again }: Pick<Fork, 'after' | 'again'>): Archive {
  const last = again === undefined ? after : after + 1;
  const iterations = journal.iterations.filter(({ index }) => index <= last);
  const codes = journal.codes.filter(([index]) => index <= last);
  if (again === undefined) return { iterations, codes, delivered: journal.delivered };

  const rerun = iterations.at(-1);
  const call = rerun?.calls.find(({ agents }) => agents?.includes(again));
  if (!rerun || !call) return { iterations, codes, delivered: journal.delivered };
  return {
    iterations: [
      ...iterations.slice(0, -1),
      { ...rerun, cell: null, calls: rerun.calls.filter((other) => other !== call) },
    ],
    codes,
    delivered: journal.delivered.flatMap(([callId, delivered]) =>
      callId === call.callId ? [[callId, withoutAgent(delivered, call, again)]] : [[callId, delivered]],
    ),
  };
}

/** The answers of the other sub-agents of the call stay. */
function withoutAgent({ items, agents }: Delivered, call: CallRecord, agentId: string): Delivered {
  // An agent that was started afresh, such as RUN/3.1~2, has the place of the first attempt.
  const first = agentId.replace(/~\d+$/, '');
  const index = (agents ?? call.agents ?? []).indexOf(first);
  return { items: items.filter((item) => !('index' in item) || item.index !== index), ...(agents ? { agents } : {}) };
}
