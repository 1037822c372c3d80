import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GitRepository } from '../support/git-repository.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
let repository: GitRepository;
beforeAll(async () => {
  world = await startWorld();
  repository = new GitRepository({ 'README.md': 'hello\n', 'src/main.py': 'print("hello")\n' });
});
afterAll(async () => {
  repository?.[Symbol.dispose]();
  await world?.[Symbol.asyncDispose]();
});

it('a tree of 40 agents, each in a clone of its own, completes and leaves no sandbox', async () => {
  const look = 'import os\nseen = open("src/main.py").read() + str(sorted(os.listdir(".")))\nprint(seen)';
  const delegate = `${look}\nanswers = rlm_query_batched([f"task {i}" for i in range(24)])\nFINAL("|".join(answers))`;
  const deepen = `${look}\nn = int(task.split()[1])\nFINAL(task + (" and " + rlm_query(f"below {n}") if n < 15 else ""))`;
  const run = await world.run(
    'task: str -> answer: str',
    { agent: [[reply(delegate)], [reply(deepen)], [reply(`${look}\nFINAL(task)`)]] },
    { inputs: { task: 'look' }, workspace: { repository: repository.directory } },
  );
  const { output, usage, root } = await run.result();

  const expected = Array.from({ length: 24 }, (_, n) => `task ${n}${n < 15 ? ` and below ${n}` : ''}`);
  expect(output).toEqual({ answer: expected.join('|') });
  expect(usage).toMatchObject({ agents: 40, sandboxes: 40, maxDepth: 2 });
  const agents = [root, ...root.children, ...root.children.flatMap(({ children }) => children)];
  expect(new Set(agents.map(({ sandboxId }) => sandboxId)).size).toBe(40);
  for (const { agentId, status, iterations } of agents) {
    expect({ agentId, status, seen: iterations[0]?.stdout }).toEqual({
      agentId,
      status: 'completed',
      seen: `print("hello")\n['.git', 'README.md', 'src']\n`,
    });
  }
  const left = readdirSync(join(world.dataDirectory, 'sandboxes'));
  expect(left.filter((name) => name.endsWith('.json'))).toEqual([]);
});
