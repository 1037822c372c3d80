import type { Workspace } from '../agent/workspace.ts';
import { formatCount } from './format-count.ts';
import { functionsSection } from './functions-section.ts';
import type { SystemPrompt } from './system-prompt.ts';

/** What an agent is told that works on a repository. */
export function workspaceSections(prompt: SystemPrompt & { workspace: Workspace }): string[] {
  const { signature, tools, depth, subAgents, workspace, limits } = prompt;
  const handIn = signature.outputs.length === 1 ? 'FINAL' : 'SUBMIT';
  return [
    opening(workspace, handIn),
    `Signature: ${signature.text.replaceAll(/\s+/g, ' ')}\nDepth: ${depth}`,
    `The inputs are variables already; you were shown only the start of them. Functions:\n${functionsSection(tools, { subAgents, workspace: true })}`,
    working(),
    ...(subAgents ? [delegating(depth, limits.resultTruncationLimit)] : []),
    example(depth, subAgents),
  ];
}

function opening({ repository, branch, commit }: Workspace, handIn: string): string {
  const where = `${branch === null ? '' : `branch ${branch}, `}commit ${commit.slice(0, 12)}`;
  return `You work on a git repository by writing Python for a REPL that keeps its variables, imports and functions.
A clone of ${repository} (${where}) is at \`/workspace\`, the current directory. It is yours alone: no other agent sees or changes it. Do not count on a network.
Each of your replies is a thought of a sentence or two and then exactly one fenced \`\`\`python block. It is run, you see what it printed, and you reply again, until your code calls \`${handIn}\`.`;
}

function working(): string {
  return `How to work:
- Your first reply prints the whole task and looks at the repository: its layout, its last commits, how it is tested. It edits nothing and hands in nothing.
- Look before you change: \`git grep -n\`, \`git log\`, slices of files. Programs run with \`subprocess.run([...], capture_output=True, text=True)\` or \`os.system\`; print what you need of their output and no more.
- Change files with \`edit_file\` alone, not with sed, redirections or open(). Read what it returns: a string that begins \`Error: \` means that nothing was written.
- Make the smallest change that does what the task asks, in the style of the code around it. Leave no debugging and no stray files behind.
- After a change run the tests that touch it, and read their outcome. A test that failed before your change is not yours to hide: say so in your answer.
- You never write a patch. When you are done, the host takes the difference between the commit and your files, committed or not; what .gitignore ignores is left out.`;
}

function delegating(depth: number, resultLimit: number): string {
  const urge =
    depth <= 1
      ? 'Explore with sub-agents: as soon as you know what there is to find out, split it (a folder, a module, a question each) and start them all in one `rlm_query_batched`. They work at the same time, and your own conversation stays short. Read yourself only what is small or what you are about to change.'
      : 'Sub-agents are there for parts that are work of their own; what you can look up in a few cells, look up yourself.';
  return `Sub-agents:
- ${urge}
- A sub-agent starts from the commit in a fresh clone. It sees nothing of your conversation, your variables or your edits, so its task must stand alone: the goal, the paths and names it should begin with, what you know already, and what exactly its answer should hold.
- You see only what it gives to \`FINAL\`, at most ${formatCount(resultLimit)} characters: ask for findings with file names and line numbers. Where it is to change code, ask with \`patch=True\` and bring the change in with \`apply_patch\`.`;
}

function example(depth: number, subAgents: boolean): string {
  if (!subAgents || depth > 1) {
    return `For example, after having looked at what a failing test expects:
\`\`\`python
print(edit_file("src/dates.py", "return day - 1", "return day"))
os.system("python3 -m unittest tests.test_dates 2>&1 | tail -20")
\`\`\``;
  }
  return `For example, once the layout is known:
\`\`\`python
modules = ["src/parser", "src/cache", "src/http"]
tasks = [f"In {m} of this repository, find every place that reads a file without closing it. Answer with path:line and the statement, one per line, or NONE." for m in modules]
for module, findings in zip(modules, rlm_query_batched(tasks)):
    print(module, findings, sep="\\n")
\`\`\``;
}
