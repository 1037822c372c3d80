import { repositoryTask } from '../agent/repository-task.ts';
import type { RunDocument } from '../results/run-document.ts';

/** What a run's result is on standard output: a lone text as it is, anything else as JSON; null when there is none. */
export function resultText({ output }: Pick<RunDocument, 'output'>): string | null {
  if (output === null) return null;
  const values = Object.values(output);
  const [only] = values;
  return values.length === 1 && typeof only === 'string' ? withLineEnd(only) : jsonText(output);
}

/** What people want of a run: of a task on a repository the patch. */
export function resultOf({ signature, repository }: Pick<RunDocument, 'signature' | 'repository'>): 'output' | 'patch' {
  return repository !== undefined && signature === repositoryTask ? 'patch' : 'output';
}

/** A JSON value for people and programs, with a line end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function withLineEnd(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
