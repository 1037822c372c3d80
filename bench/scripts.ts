import { defineScript } from '../src/scripted/script.ts';

const cell = (code: string) => `\`\`\`python\n${code}\n\`\`\``;

/** `iterations` trivial cells, then a submission. */
export const iterations = (count: number) =>
  defineScript({
    name: `iterations-${count}`,
    agent: ({ iteration }) => cell(iteration <= count ? `print(${iteration})` : 'SUBMIT("done")'),
  });

/** `iterations` cells that each print 10,000 characters that no other prints, then a submission. */
export const printing = (count: number) =>
  defineScript({
    name: `printing-${count}`,
    agent: ({ iteration }) =>
      cell(
        iteration <= count ? 'import random\nprint("".join(random.choices("abcdefgh", k=10_000)))' : 'SUBMIT("done")',
      ),
  });

/** One cell that times `count` sequential queries inside the sandbox. */
export const sequential = (count: number) =>
  defineScript({
    name: `sequential-${count}`,
    query: () => 'ok',
    agent: [
      cell(
        `import time\ntimes = []\nfor i in range(${count}):\n    t = time.perf_counter()\n    llm_query(f"q {i}")\n    times.append((time.perf_counter() - t) * 1000)\ntimes.sort()\nSUBMIT(str(times[len(times) // 2]))`,
      ),
    ],
  });

/** One cell that times a batch inside the sandbox, in seconds. */
export const batch = (count: number) =>
  defineScript({
    name: `batch-${count}`,
    query: () => 'ok',
    agent: [
      cell(
        `import time\nt = time.perf_counter()\nanswers = llm_query_batched([f"q {i}" for i in range(${count})])\nassert answers == ["ok"] * ${count}\nSUBMIT(str(time.perf_counter() - t))`,
      ),
    ],
  });

/** `count` parallel sub-agents of two iterations each, timed inside the root's sandbox, in seconds. */
export const subAgents = (count: number) =>
  defineScript({
    name: `sub-agents-${count}`,
    agent: [
      [
        cell(
          `import time\nt = time.perf_counter()\nanswers = rlm_query_batched([f"task {i}" for i in range(${count})])\nassert answers == ["done"] * ${count}, answers\nSUBMIT(str(time.perf_counter() - t))`,
        ),
      ],
      [cell('print(task)'), cell('SUBMIT("done")')],
    ],
  });

/** Looks at a large input and submits. */
export const largeInput = defineScript({
  name: 'large-input',
  agent: [cell('print(len(text))'), cell('SUBMIT(str(len(text)))')],
});

/**
 * The root starts `count` sub-agents in one batch, the first `deeper` of which start one of their own each, and every one
 * of them looks at its clone of the repository.
 */
export const repositoryTree = (count: number, deeper: number) => {
  const look =
    'import subprocess\nnames = subprocess.run(["git", "ls-files"], capture_output=True, text=True).stdout.split()\nassert names, "the clone is empty"\nprint(len(names))';
  const deepen = `answer = rlm_query("look deeper") if int(task.split()[1]) < ${deeper} else "looked"`;
  return defineScript({
    name: `repository-tree-${count}-${deeper}`,
    agent: [
      [
        cell(look),
        cell(
          `answers = rlm_query_batched([f"task {i}" for i in range(${count})])\nassert answers == ["looked"] * ${count}, answers\nSUBMIT("done")`,
        ),
      ],
      [cell(look), cell(`${deepen}\nSUBMIT(answer)`)],
      [cell(look), cell('SUBMIT("looked")')],
    ],
  });
};

/** Submits how many files of how many bytes its clone has. */
export const measureClone = defineScript({
  name: 'measure-clone',
  agent: [
    cell(
      'import os, subprocess\nnames = subprocess.run(["git", "ls-files"], capture_output=True, text=True).stdout.split()\nSUBMIT(f"{len(names)} files, {sum(os.path.getsize(name) for name in names)} bytes")',
    ),
  ],
});
