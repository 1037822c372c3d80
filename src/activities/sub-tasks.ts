import type { PreparedInput } from '../agent/agent-arguments.ts';
import { tasksOfCall } from '../agent/call-arguments.ts';
import type { SubTask } from '../agent/cell.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { storeValue } from '../artifacts/stored-value.ts';
import { previewInput } from '../prompts/input-preview.ts';
import { subAgentSignature } from '../prompts/sub-agent.ts';
import type { CallEvent } from '../repl/protocol.ts';

const titleCharacters = 200;

/** The sub-agents that a call asks for, with their inputs stored. */
export async function subTasks(store: ArtifactStore, event: CallEvent): Promise<SubTask[]> {
  const tasks = tasksOfCall(event.arguments);
  return Promise.all(
    tasks.map(async ({ task, context, patch = false }) => {
      const hasContext = context !== undefined && context !== null;
      const values: Record<string, unknown> = { task, context };
      const inputs = subAgentSignature(hasContext).inputs.map(async (field): Promise<PreparedInput> => {
        const value = values[field.name];
        return { name: field.name, stored: await storeValue(store, value), preview: previewInput(field, value) };
      });
      return { title: task.slice(0, titleCharacters), inputs: await Promise.all(inputs), patch };
    }),
  );
}
