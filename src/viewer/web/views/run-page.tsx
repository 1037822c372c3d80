import { useSignal } from '@preact/signals';
import type { RunOutline } from '../../outline.ts';
import { route } from '../state/location.ts';
import type { RunStore } from '../state/run-store.ts';
import { AgentPanel } from './agent-panel.tsx';
import { AgentsPane } from './agents-pane.tsx';
import { RunHeader } from './run-header.tsx';

/** One run: who there is on one side, one agent on the other. */
export function RunPage({ store }: { store: RunStore }) {
  const outline = store.outline.value;
  const share = useSignal(46);
  if (!outline?.agents.has(outline.runId)) return <Waiting store={store} />;
  const agentId = shownAgent(outline);
  const iteration = route.value.page === 'run' ? route.value.iteration : null;
  const agent = outline.agents.get(agentId);
  return (
    <main class="run-page">
      <RunHeader store={store} outline={outline} />
      <div class="split" style={{ '--share': `${share.value}%` }}>
        <AgentsPane outline={outline} selected={agentId} />
        <Divider onMove={(percent) => (share.value = percent)} value={share.value} />
        {agent && <AgentPanel key={agentId} store={store} outline={outline} agent={agent} wanted={iteration} />}
      </div>
    </main>
  );
}

/** Until something is known, and where there is nothing. */
function Waiting({ store }: { store: RunStore }) {
  const { problem, state } = store;
  const isMissing = state.value === 'forgotten';
  return (
    <main class="runs-page">
      <p class={isMissing ? 'problem' : 'empty'} role="status">
        {isMissing ? (problem.value ?? 'there is no such run') : `Opening ${store.source.runId} …`}
        {!isMissing && problem.value && <span class="why"> {problem.value}</span>}
      </p>
    </main>
  );
}

function shownAgent(outline: RunOutline): string {
  const wanted = route.value.page === 'run' ? route.value.agentId : outline.runId;
  return outline.agents.has(wanted) ? wanted : outline.runId;
}

/** Gives more room to one side. */
function Divider({ onMove, value }: { onMove(percent: number): void; value: number }) {
  const limit = (percent: number) => Math.min(75, Math.max(20, percent));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line that is dragged is no rule between paragraphs
    <div
      class="divider"
      role="separator"
      tabIndex={0}
      aria-label="width of the two sides"
      aria-orientation="vertical"
      aria-valuenow={Math.round(value)}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') onMove(limit(value - 2));
        if (event.key === 'ArrowRight') onMove(limit(value + 2));
      }}
      onPointerDown={(event) => {
        const line = event.currentTarget;
        const box = line.parentElement?.getBoundingClientRect();
        if (!box) return;
        line.setPointerCapture(event.pointerId);
        line.onpointermove = (move) => onMove(limit(((move.clientX - box.left) / box.width) * 100));
        line.onpointerup = () => {
          line.onpointermove = null;
        };
      }}
    />
  );
}
