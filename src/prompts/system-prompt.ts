import type { Limits } from '../agent/limits.ts';
import type { Workspace } from '../agent/workspace.ts';
import type { ToolFunction } from '../repl/protocol.ts';
import type { Signature } from '../signature/signature.ts';
import { limitsText, submission } from './closing-sections.ts';
import { functionsSection } from './functions-section.ts';
import { workspaceSections } from './workspace-sections.ts';

export interface SystemPrompt {
  signature: Signature;
  tools: readonly ToolFunction[];
  /** The root is 0. */
  depth: number;
  /** Whether `rlm_query*` exist. */
  subAgents: boolean;
  limits: Limits;
  instructions: string | null;
  /** The repository of which there is a clone at `/workspace`; null: none. */
  workspace: Workspace | null;
}

/** The first message of a conversation. It stays the same over an agent's life, so that providers can cache it. */
export function systemPrompt(prompt: SystemPrompt): string {
  const { signature, limits, instructions, workspace } = prompt;
  const sections = [
    ...(workspace === null ? textSections(prompt) : workspaceSections({ ...prompt, workspace })),
    submission(signature),
    limitsText(limits),
  ];
  if (instructions?.trim()) sections.push(`Instructions:\n${instructions.trim()}`);
  return sections.join('\n\n');
}

/** For agents whose inputs are all that they work on. */
function textSections({ signature, tools, depth, subAgents }: SystemPrompt): string[] {
  return [
    `You solve a task by writing Python for a REPL that keeps its variables, imports and functions.
Each of your replies is a short thought and one fenced \`\`\`python block. It is run, you see what it printed, and you reply again, until your code calls SUBMIT.`,
    `Signature: ${signature.text.replaceAll(/\s+/g, ' ')}\nDepth: ${depth}`,
    `The inputs are variables already. You see only the start of them; look at the rest with code.\nFunctions:\n${functionsSection(tools, { subAgents, workspace: false })}`,
    advice(subAgents),
    example(subAgents),
  ];
}

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
