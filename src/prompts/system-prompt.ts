import type { Limits } from '../agent/limits.ts';
import type { ToolFunction } from '../repl/protocol.ts';
import { showDescribedField, showField } from '../signature/show.ts';
import type { Signature } from '../signature/signature.ts';
import { formatCount } from './format-count.ts';
import { functionsSection } from './functions-section.ts';

export interface SystemPrompt {
  signature: Signature;
  tools: readonly ToolFunction[];
  /** The root is 0. */
  depth: number;
  /** Whether `rlm_query*` exist. */
  subAgents: boolean;
  limits: Limits;
  instructions: string | null;
  /** Whether there is a git clone at `/workspace`. */
  workspace?: boolean;
}

/** The first message of a conversation. It stays the same over an agent's life, so that providers can cache it. */
export function systemPrompt(prompt: SystemPrompt): string {
  const { signature, tools, depth, subAgents, limits, instructions, workspace = false } = prompt;
  const sections = [
    `You solve a task by writing Python for a REPL that keeps its variables, imports and functions.
Each of your replies is a short thought and one fenced \`\`\`python block. It is run, you see what it printed, and you reply again, until your code calls SUBMIT.`,
    `Signature: ${signature.text.replaceAll(/\s+/g, ' ')}\nDepth: ${depth}`,
    `The inputs are variables already. ${workspace ? workspaceText : ''}You see only the start of them; look at the rest with code.\nFunctions:\n${functionsSection(tools, subAgents)}`,
    advice(subAgents),
    example(subAgents),
    submission(signature),
    limitsText(limits),
  ];
  if (instructions?.trim()) sections.push(`Instructions:\n${instructions.trim()}`);
  return sections.join('\n\n');
}

const workspaceText =
  'A git clone of the repository is at `/workspace`; what you change there is kept as your patch, so edit files in place. ';

function advice(subAgents: boolean): string {
  return `How to work:
- Explore first, and print little: lengths, slices, a few matches. Long output is cut in the middle.
- Keep values in variables and pass them on by name; never retype what a variable holds.
- Use code to count, sort, search and compare; use a model to judge what text means.
- Queries are fast in batches and slow one by one: split text into pieces of up to about 100,000 characters and ask them all at once.
${subAgents ? '- Give a sub-agent a whole piece of work and all that it needs to know; a plain question is for `llm_query`.\n' : ''}- Look at results before you submit them. Check once, then submit; do not verify without end.`;
}

function example(subAgents: boolean): string {
  const last = subAgents
    ? '\nWhere each name is worth an investigation of its own: `rlm_query_batched([{"task": f"Trace the story of {name} in this book.", "context": book} for name in names[:10]])`.'
    : '';
  return `For example, to find who appears in a long \`book\`:
\`\`\`python
pieces = [book[i:i + 50_000] for i in range(0, len(book), 48_000)]
found = llm_query_batched([f"List the people named here, one per line:\\n{piece}" for piece in pieces])
names = sorted({line.strip() for reply in found if not reply.startswith("Error: ") for line in reply.splitlines() if line.strip()})
print(len(names), names[:20])
\`\`\`${last}`;
}

function submission({ outputs }: Signature): string {
  const call = `SUBMIT(${outputs.map(showField).join(', ')})`;
  const described = outputs.filter(({ description }) => description);
  const details = described.map((field) => `\n- \`${showDescribedField(field)}\``).join('');
  const [only] = outputs;
  const shorthand =
    outputs.length === 1 && only?.pythonType === 'str'
      ? ' `FINAL(text)` and `FINAL_VAR("variable")` do the same for the one field.'
      : '';
  return `To finish, run \`${call}\`, by position or keyword; types are checked.${shorthand} Only executed code submits, and submitting ends the run at once.${details}`;
}

function limitsText({ maxIterations, maxLlmCalls, cellTimeout, outputLimit, timeout }: Limits): string {
  return `Limits: ${formatCount(maxIterations)} replies, ${formatCount(maxLlmCalls)} llm_query prompts, ${formatCount(cellTimeout)} s of run time per block (waiting for answers not counted), ${formatCount(outputLimit)} characters shown of a block's output, ${formatCount(timeout)} s in all. What is left stands below each output.`;
}
