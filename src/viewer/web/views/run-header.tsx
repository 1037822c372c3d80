import { formatCost, formatCount, formatDuration } from '../../../cli/format-quantities.ts';
import type { AgentOutline, RunOutline } from '../../outline.ts';
import { totalsOf } from '../../totals.ts';
import { Icon } from '../parts/icon.tsx';
import { ScriptedBadge, StatusBadge } from '../parts/status.tsx';
import { information, now, say } from '../state/app.ts';
import type { RunStore } from '../state/run-store.ts';
import { VerbButtons } from './verb-buttons.tsx';

/** What the run is, how it stands, and what it used of what it may. */
export function RunHeader({ store, outline }: { store: RunStore; outline: RunOutline }) {
  const root = outline.agents.get(outline.runId) as AgentOutline;
  const problem = store.problem.value;
  return (
    <section class="run-header" aria-label="the run">
      <div class="run-title">
        <StatusBadge of={root} />
        {root.paused && <span class="badge tone-warn">paused</span>}
        {outline.scripted && <ScriptedBadge />}
        <h1 title={root.task}>{root.task || outline.runId}</h1>
        <span class="grow" />
        <RunLinks store={store} />
        <VerbButtons agent={root} />
      </div>
      <p class="run-facts">
        <span>{root.model ?? 'model not known yet'}</span>
        {outline.signature && <code title="signature">{outline.signature}</code>}
        {outline.repository && (
          <span>
            {outline.repository} {outline.commit && <code>{outline.commit.slice(0, 10)}</code>}
          </span>
        )}
        <time dateTime={new Date(root.startedAt).toISOString()}>{new Date(root.startedAt).toLocaleString()}</time>
      </p>
      {problem && (
        <p class="problem" role="alert">
          {store.state.value === 'reconnecting' ? 'Temporal does not answer; trying again. ' : ''}
          {problem}
        </p>
      )}
      <TotalsStrip outline={outline} root={root} />
    </section>
  );
}

function RunLinks({ store }: { store: RunStore }) {
  const { workflowUrl } = information.value ?? {};
  const { runId, isLive } = store.source;
  return (
    <>
      {isLive && workflowUrl && (
        <a
          class="button quiet"
          href={`${workflowUrl}${encodeURIComponent(runId)}`}
          target="_blank"
          rel="noreferrer"
          title="in the Temporal Web UI"
        >
          <Icon name="external" /> Temporal
        </a>
      )}
      {store.state.value === 'ended' && (
        <button type="button" class="button quiet" title="results as JSON" onClick={() => void download(store)}>
          <Icon name="download" /> Results
        </button>
      )}
    </>
  );
}

async function download(store: RunStore): Promise<void> {
  try {
    const results = await store.source.results();
    if (results === null) return say('this run has left no results', true);
    const url = URL.createObjectURL(new Blob([`${JSON.stringify(results, null, 2)}\n`], { type: 'application/json' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: `${results.runId}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    say((error as Error).message, true);
  }
}

function TotalsStrip({ outline, root }: { outline: RunOutline; root: AgentOutline }) {
  const { usage, running, failed, recoveries } = totalsOf(outline);
  const { limits } = outline;
  const elapsed = (root.endedAt ?? Math.max(now.value, root.startedAt)) - root.startedAt;
  const tokens = usage.promptTokens + usage.completionTokens;
  const agents = [running > 0 && `${formatCount(running)} running`, failed > 0 && `${formatCount(failed)} failed`];
  return (
    <dl class="totals">
      <Figure
        name="Time"
        value={formatDuration(elapsed)}
        part={limits && elapsed / (limits.timeout * 1_000)}
        of={limits && formatDuration(limits.timeout * 1_000)}
      />
      <Figure
        name="Cost"
        value={formatCost(usage.costUsd)}
        part={limits?.maxCostUsd ? (usage.costUsd ?? 0) / limits.maxCostUsd : null}
        of={limits?.maxCostUsd ? formatCost(limits.maxCostUsd) : null}
      />
      <Figure
        name="Tokens"
        value={formatCount(tokens)}
        part={limits?.maxTokens ? tokens / limits.maxTokens : null}
        of={limits?.maxTokens ? formatCount(limits.maxTokens) : null}
        note={usage.cachedTokens > 0 ? `${formatCount(usage.cachedTokens)} cached` : null}
      />
      <Figure name="Agents" value={formatCount(usage.agents)} note={agents.filter(Boolean).join(', ') || null} />
      <Figure
        name="Depth"
        value={formatCount(usage.maxDepth)}
        of={limits?.maxDepth == null ? null : formatCount(limits.maxDepth)}
      />
      <Figure name="Iterations" value={formatCount(usage.iterations)} />
      <Figure name="Model calls" value={formatCount(usage.modelCalls)} />
      <Figure name="Sub-queries" value={formatCount(usage.subQueries)} />
      <Figure
        name="Sandboxes"
        value={formatCount(usage.sandboxes)}
        part={limits && usage.sandboxes / limits.maxSandboxes}
        of={limits && formatCount(limits.maxSandboxes)}
      />
      {recoveries > 0 && <Figure name="Recoveries" value={formatCount(recoveries)} />}
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: string;
  /** How much of its limit is used, from 0 to 1. */
  part?: number | null;
  /** The limit. */
  of?: string | null;
  note?: string | null;
}

function Figure({ name, value, part = null, of = null, note = null }: FigureProps) {
  const used = part === null ? null : Math.min(1, Math.max(0, part));
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="amount">{value}</span>
        {of !== null && <span class="of"> of {of}</span>}
        {note !== null && (
          <span class="of">
            {of === null ? ' ' : ', '}
            {note}
          </span>
        )}
        {used !== null && (
          <meter
            class={used > 0.8 ? 'near' : ''}
            min={0}
            max={1}
            value={used}
            aria-label={`${name}: ${value} of ${of}`}
          />
        )}
      </dd>
    </div>
  );
}
