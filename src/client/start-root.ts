import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { z } from 'zod';
import { type AgentArguments, checkInstructions } from '../agent/agent-arguments.ts';
import { type LimitsInput, LimitsInput as limitsSchema } from '../agent/limits.ts';
import { agentWorkflowType } from '../agent/names.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { definedOnly } from '../defined-only.ts';
import { UsageError } from '../errors.ts';
import type { Signature } from '../signature/signature.ts';
import { RunHandle } from './run-handle.ts';
import type { RunMemo } from './run-memo.ts';
import { storingClient } from './storing-client.ts';

/** What any run may be given, whatever it begins with. */
interface Changes {
  model?: string;
  subModel?: string;
  instructions?: string;
  limits?: LimitsInput;
}

/** The root of a run, ready to be started. */
export interface Root {
  runId: string;
  taskQueue: string;
  given: AgentArguments;
  signature: Signature;
  memo: RunMemo;
  /** Checks the outputs; null: they are taken as they are. */
  outputs: z.ZodType | null;
  /** What the user can do where the run id is taken. */
  whenTaken: string;
}

/** What of these was given. Throws {@link UsageError} for limits and instructions that cannot be. */
export function checkedChanges({ model, subModel, instructions, limits = {} }: Changes): Changes {
  const checked = limitsSchema.safeParse(limits);
  if (!checked.success) throw new UsageError(`limits: ${z.prettifyError(checked.error).replaceAll('\n', ' ')}`);
  checkInstructions(instructions);
  return { limits, ...definedOnly({ model, subModel, instructions }) };
}

/** Starts the workflow of a run's root. Throws {@link UsageError} when the run id is taken. */
export async function startRoot<Outputs>(
  client: Client,
  store: ArtifactStore,
  root: Root,
): Promise<RunHandle<Outputs>> {
  const { runId, taskQueue, given, signature, memo, outputs, whenTaken } = root;
  const storing = storingClient(client, store);
  try {
    await storing.workflow.start(agentWorkflowType, {
      workflowId: runId,
      taskQueue,
      args: [given],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: signature.text.slice(0, 200),
      memo,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new UsageError(`a run with the id ${runId} is in progress; ${whenTaken}`);
  }
  return new RunHandle(storing, store, runId, outputs);
}
