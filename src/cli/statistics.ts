import { shortId } from '../agent/names.ts';
import type { AgentDocument, RunDocument } from '../results/run-document.ts';
import { drawTree } from './draw-tree.ts';
import { formatCost, formatCount, formatCounted, formatDuration } from './format-quantities.ts';
import { onOneLine } from './printable.ts';

export interface StatisticsContext {
  /** Where the results were written, or null. */
  resultsPath: string | null;
  /** Where the Web UI shows the run, while its server runs. */
  webUi: string | null;
}

/** The figures that every run ends with. */
export function statisticsLines(document: RunDocument, { resultsPath, webUi }: StatisticsContext): string[] {
  const { usage } = document;
  const cached = usage.cachedTokens > 0 ? ` (${formatCount(usage.cachedTokens)} cached)` : '';
  const figures: [string, string | null][] = [
    ['model', document.scripted ? `${document.model} (scripted model)` : document.model || null],
    ['iterations', formatCount(usage.iterations)],
    ['sub-agents', formatCount(Math.max(0, usage.agents - 1))],
    ['depth', formatCount(usage.maxDepth)],
    ['model calls', formatCount(usage.modelCalls)],
    ['sub-queries', formatCount(usage.subQueries)],
    ['tokens', `${formatCount(usage.promptTokens)} in${cached}, ${formatCount(usage.completionTokens)} out`],
    ['cost', formatCost(usage.costUsd)],
    ['time', formatDuration(document.durationMs)],
    ['sandboxes', formatCount(usage.sandboxes)],
    ['recoveries', document.recoveries > 0 ? formatCount(document.recoveries) : null],
    ['compactions', document.compactions > 0 ? formatCount(document.compactions) : null],
    ['patch', document.patch === undefined ? null : `${formatCount(Buffer.byteLength(document.patch))} bytes`],
    ['results', resultsPath],
    // The server may end with this very program.
    ['Web UI', webUi && `${webUi} (while rlm dev runs)`],
  ];
  const shown = figures.filter(([, value]) => value !== null);
  return [
    `run ${document.runId} ${endingOf(document)}`,
    ...shown.map(([name, value]) => `  ${name.padEnd(11)}  ${value}`),
    '  tree',
    ...treeLines(document.root).map((line) => `    ${line}`),
  ];
}

/** How a run ended, in words. */
export function endingOf({ status, finish, error }: Pick<RunDocument, 'status' | 'finish' | 'error'>): string {
  if (status === 'completed') return finish === 'limit' ? 'answered at a limit' : 'completed';
  const reason = error ? `: ${onOneLine(error.message, 1_000)}` : '';
  return `${status === 'cancelled' ? 'was cancelled' : 'failed'}${reason}`;
}

/** The tree of agents: id, depth, iterations, task. */
function treeLines(root: AgentDocument): string[] {
  return drawTree(root, (agent) => agent.children).map(({ branches, node }) => {
    const name = node.depth === 0 ? node.agentId : shortId(node.agentId);
    const status = node.status === 'completed' ? '' : ` ${node.status},`;
    const iterations = formatCounted(node.iterations.length, 'iteration');
    return `${branches}${name} (depth ${node.depth},${status} ${iterations}) ${onOneLine(node.task, 80)}`.trimEnd();
  });
}
