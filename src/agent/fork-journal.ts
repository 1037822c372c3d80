import type { Archive } from './archive.ts';
import type { CallRecord } from './cell.ts';
import type { Delivered } from './delivered.ts';
import type { Fork } from './fork.ts';
import { firstAttemptOf } from './names.ts';

/** What a fork takes over of the journal of its source. */
export function forkArchive(journal: Archive, { after, again }: Pick<Fork, 'after' | 'again'>): Archive {
  const last = again === undefined ? after : after + 1;
  const kept: Archive = {
    iterations: journal.iterations.filter(({ index }) => index <= last),
    codes: journal.codes.filter(([index]) => index <= last),
    delivered: journal.delivered,
  };
  return again === undefined ? kept : withoutAnswerOf(again, kept);
}

/** The last cell is to run again, and its call that started the sub-agent to be made anew. */
function withoutAnswerOf(agentId: string, archive: Archive): Archive {
  const rerun = archive.iterations.at(-1);
  const call = rerun?.calls.find(({ agents }) => agents?.includes(agentId));
  if (!rerun || !call) return archive;
  const calls = rerun.calls.filter((other) => other !== call);
  return {
    ...archive,
    iterations: archive.iterations.with(-1, { ...rerun, cell: null, calls }),
    delivered: archive.delivered.map(([callId, delivered]) => [
      callId,
      callId === call.callId ? withoutAgent(delivered, call, agentId) : delivered,
    ]),
  };
}

/** The answers of the other sub-agents of the call stay. */
function withoutAgent({ items, agents }: Delivered, call: CallRecord, agentId: string): Delivered {
  // An agent that was started afresh has the place of the first attempt.
  const first = firstAttemptOf(agentId);
  const index = (agents ?? call.agents ?? []).indexOf(first);
  return { items: items.filter((item) => !('index' in item) || item.index !== index), ...(agents ? { agents } : {}) };
}
