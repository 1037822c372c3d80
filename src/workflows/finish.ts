import type { RecordAgentInput } from '../activities/record-agent.ts';
import type { AgentArguments } from '../agent/agent-arguments.ts';
import { brief, hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { untilDeadline } from './deadline.ts';
import { readableFailure } from './failures.ts';
import type { Outcome } from './outcome.ts';
import { surviving } from './recovery.ts';
import { archiveOf, openSandboxOf, type RunningAgent, sourcesOf } from './running-agent.ts';

/** Cleanup, whatever happened: the patch is kept, the sandbox goes, the tree hears what was spent, the results are written. */
export async function finish(running: RunningAgent, outcome: Outcome, given: AgentArguments): Promise<void> {
  running.phase = 'finishing';
  await keepPatch(running);
  const { open } = running;
  const record = recordOf(running, outcome, given);
  const steps: Promise<unknown>[] = [
    brief.recordAgent.executeWithOptions({ summary: 'write the results' }, [record]),
    running.budget.settle(),
  ];
  if (open) {
    const { sandbox } = open;
    const close = atSandbox(running, hostTimes.close, ({ closeSandbox }) =>
      closeSandbox.executeWithOptions({ summary: 'delete the sandbox' }, [{ sandbox }]),
    );
    steps.push(close);
  }
  steps.push(...running.leaving);
  // A step that fails leaves the others to do their part: an unreachable sandbox ends by its lease, or is swept.
  await Promise.allSettled(steps);
  running.phase = 'ended';
}

/** How long a sandbox that is lost at the very end may take to be built again for its patch, in milliseconds. */
const rebuildingMs = 10 * 60_000;

/** What an agent changed is worth keeping however it ended. */
async function keepPatch(running: RunningAgent): Promise<void> {
  const { open, prepared } = running;
  const { workspace } = prepared;
  if (open === null || workspace === null) return;
  try {
    const deadline = Date.now() + rebuildingMs;
    const taken = await untilDeadline(
      () => deadline,
      () =>
        surviving(running, () =>
          atSandbox(running, hostTimes.patch, ({ takePatch }) =>
            takePatch.executeWithOptions({ summary: 'take the patch' }, [
              { sandbox: openSandboxOf(running).sandbox, workspace },
            ]),
          ),
        ),
    );
    if (taken.kind !== 'done') throw new Error('the time for it ran out');
    running.patch = taken.value;
    running.remarks.push(...taken.value.remarks);
  } catch (error) {
    running.remarks.push(`the patch could not be taken: ${readableFailure(error)}`);
  }
}

function recordOf(running: RunningAgent, outcome: Outcome, given: AgentArguments): RecordAgentInput {
  const { agentId, lineage, depth, prepared, startedAt, open, usage, archive, children, remarks } = running;
  return {
    agentId,
    lineage,
    depth,
    prepared,
    startedAt,
    durationMs: Date.now() - startedAt,
    sandboxId: open?.sandbox.id ?? null,
    usage,
    ...archiveOf(running),
    archive,
    children,
    remarks,
    transcript: running.transcript,
    outcome,
    patch: running.patch,
    recoveries: running.recoveries + running.kernelRecoveries,
    sources: sourcesOf(running),
    forkOf: given.fork
      ? {
          agentId: given.fork.source,
          after: given.fork.after,
          ...(given.fork.again ? { again: given.fork.again } : {}),
        }
      : null,
    compactions: running.compactions,
    ...(given.place ? { parentIteration: given.place.parentIteration } : {}),
  };
}
