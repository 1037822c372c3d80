import type { ToolFunction } from '../repl/protocol.ts';
import { showField } from '../signature/show.ts';

const queries = [
  '`llm_query(prompt: str) -> str` asks a language model, which sees the prompt alone; raises when that fails.',
  '`llm_query_batched(prompts: list[str]) -> list[str]` asks many at once, and keeps their order; a failed one is a string that begins `Error: `.',
];

const subAgents = [
  '`rlm_query(task: str, context=None) -> str` starts an agent like you, with a REPL of its own and `context` (any JSON value) in it. For work that itself takes several steps.',
  '`rlm_query_batched(tasks: list) -> list[str]` starts several at once, each task a str or `{"task": ..., "context": ...}`; a failed one is a string that begins `Error: `.',
];

const workspaceSubAgents = [
  '`rlm_query(task: str, context=None, patch=False) -> str` starts an agent like you, with a fresh clone of the repository at the commit that yours began with, and `context` (any JSON value) as a variable. With `patch=True` it returns `(answer, patch)`, where `patch` is what that agent changed.',
  '`rlm_query_batched(tasks: list, patch=False) -> list` starts several at once, each task a str or `{"task": ..., "context": ..., "patch": True}`; a failed one is a string that begins `Error: `.',
];

const editing = [
  '`edit_file(path, old, new, replace_all=False) -> str` replaces a text that occurs exactly once (or all occurrences) and returns what it did, or a string that begins `Error: ` and says why nothing was written. With `old=""` it creates a file. Paths are relative to /workspace; Python files must still compile.',
  '`apply_patch(text) -> str` applies the patch of a sub-agent to your clone, three-way; conflicts are marked in the files and named in what it returns.',
];

const others = [
  '`SHOW_VARS()` lists your variables. Every function that asks has an `_async` form to `await`; threads work too.',
];

/** The functions that a REPL has beside Python's own, as a list for the system prompt. */
export function functionsSection(
  tools: readonly ToolFunction[],
  has: { subAgents: boolean; workspace: boolean },
): string {
  const delegating = has.workspace ? workspaceSubAgents : subAgents;
  const lines = [
    ...(has.workspace ? editing : []),
    ...(has.subAgents ? delegating : []),
    ...queries,
    ...tools.map(showTool),
    ...others,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

function showTool({ name, description, parameters }: ToolFunction): string {
  const signature = `\`${name}(${parameters.map(showField).join(', ')})\``;
  const described = parameters.filter((parameter) => parameter.description);
  const details = described.map((parameter) => `\n  - \`${parameter.name}\`: ${oneLine(parameter.description ?? '')}`);
  return `${signature} ${oneLine(description)}${details.join('')}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
