import type { RunDocument } from 'durable-rlm';

type Agent = RunDocument['root'];

/** Prints a run that has ended: its tree of agents and what each of them used, the sums, and where to look at it. */
export function printRun(run: Omit<RunDocument, 'output'>, webUi: string | null): void {
  const { usage } = run;
  console.log(`${run.runId}${run.scripted ? ' (scripted model)' : ''}`);
  for (const line of tree(run.root)) console.log(line);
  const cost = usage.costUsd === null ? 'cost unknown' : `$${usage.costUsd.toFixed(4)}`;
  console.log(
    `${counted(usage.agents, 'agent')}, ${counted(usage.iterations, 'iteration')}, ` +
      `${counted(usage.modelCalls, 'model call')}, ${counted(usage.subQueries, 'sub-query', 'sub-queries')}, ` +
      `${(usage.promptTokens + usage.completionTokens).toLocaleString('en')} tokens, ${cost}, ${seconds(run.durationMs)}`,
  );
  if (webUi === null) return;
  console.log(`\nEvery step is in Temporal's Web UI: ${webUi}/namespaces/default/workflows/${run.runId}`);
  console.log('It ends with the last program that uses it; `npx rlm dev` keeps it open.');
}

function tree(agent: Agent, first = '', rest = ''): string[] {
  const { usage, children } = agent;
  const tokens = (usage.promptTokens + usage.completionTokens).toLocaleString('en');
  const queries = counted(usage.subQueries, 'sub-query', 'sub-queries');
  const figures = `${counted(usage.iterations, 'iteration')}, ${queries}, ${tokens} tokens, ${seconds(agent.durationMs)}`;
  const below = children.flatMap((child, index) =>
    index === children.length - 1 ? tree(child, `${rest}└─ `, `${rest}   `) : tree(child, `${rest}├─ `, `${rest}│  `),
  );
  return [`${first}${agent.agentId.split('/').at(-1)}  ${agent.status}  ${figures}`, ...below];
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
