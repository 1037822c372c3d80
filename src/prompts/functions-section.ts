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

const others = [
  '`SHOW_VARS()` lists your variables. Every function that asks has an `_async` form to `await`; threads work too.',
];

/** The functions that a REPL has beside Python's own, as a list for the system prompt. */
export function functionsSection(tools: readonly ToolFunction[], hasSubAgents: boolean): string {
  const lines = [...queries, ...(hasSubAgents ? subAgents : []), ...tools.map(showTool), ...others];
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
