import { z } from 'zod';
import { SandboxLost } from '../errors.ts';
import { isQueryFunction, isSubAgentFunction } from './call-functions.ts';

const QueryArguments = z.object({ prompts: z.array(z.string()).min(1) });
const SubAgentArguments = z.object({
  tasks: z.array(z.object({ task: z.string(), context: z.unknown().optional(), patch: z.boolean().optional() })).min(1),
});

/** The prompts of a call of `llm_query*`. Throws `SandboxLost` where there are none: no kernel of ours sends that. */
export function promptsOfCall(given: unknown): string[] {
  const parsed = QueryArguments.safeParse(given);
  if (!parsed.success) throw new SandboxLost('the sandbox spoke nonsense: a query without prompts');
  return parsed.data.prompts;
}

/** The tasks of a call of `rlm_query*`. Throws `SandboxLost` where there are none. */
export function tasksOfCall(given: unknown): z.output<typeof SubAgentArguments>['tasks'] {
  const parsed = SubAgentArguments.safeParse(given);
  if (!parsed.success) throw new SandboxLost('the sandbox spoke nonsense: sub-agents without tasks');
  return parsed.data.tasks;
}

/** Throws `SandboxLost` for a call that is not what it says: code in the sandbox may speak in the kernel's place. */
export function checkCall(call: { function: string; arguments: unknown; count: number }): void {
  if (call.count !== countItems(call.function, call.arguments)) {
    throw new SandboxLost('the sandbox spoke nonsense: a call of another size than it says');
  }
}

function countItems(name: string, given: unknown): number {
  if (isQueryFunction(name)) return promptsOfCall(given).length;
  return isSubAgentFunction(name) ? tasksOfCall(given).length : 1;
}
