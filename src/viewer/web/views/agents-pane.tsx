import { useMemo } from 'preact/hooks';
import type { RunOutline } from '../../outline.ts';
import { isFailing, nextFailing, slowest, visibleRows } from '../model/agent-tree.ts';
import { type RunViewName, runViews } from '../model/route.ts';
import { Icon } from '../parts/icon.tsx';
import { now } from '../state/app.ts';
import { goTo, goToAgent, route } from '../state/location.ts';
import { collapsed, search } from '../state/tree-state.ts';
import { AgentList } from './agent-list.tsx';
import { Timeline } from './timeline.tsx';
import { TreeMap } from './tree-map.tsx';

const titles: Record<RunViewName, string> = { tree: 'Tree', list: 'List', timeline: 'Timeline' };

/** Everybody in the run, in one of several ways. */
export function AgentsPane({ outline, selected }: { outline: RunOutline; selected: string }) {
  const view = route.value.page === 'run' ? route.value.view : 'tree';
  const filter = { collapsed: collapsed.value, search: search.value };
  const rows = visibleRows(outline, filter);
  const failing = useMemo(() => [...outline.agents.values()].filter(isFailing).length, [rows]);
  const isSmall = outline.agents.size === 1;
  const parents = () => [...outline.agents.values()].filter(({ children, depth }) => children.length > 0 && depth > 0);
  return (
    <section class="agents-pane" aria-label="agents">
      <div class="pane-bar">
        <div class="segments" role="tablist" aria-label="view">
          {runViews.map((name) => (
            <button key={name} type="button" role="tab" aria-selected={view === name} onClick={() => showView(name)}>
              {titles[name]}
            </button>
          ))}
        </div>
        {!isSmall && (
          <>
            <div class="search-box">
              <Icon name="search" />
              <input
                id="agent-search"
                type="search"
                aria-label="search agents"
                placeholder="Search agents"
                value={search.value}
                onInput={(event) => (search.value = event.currentTarget.value)}
              />
            </div>
            <button
              type="button"
              class="button quiet"
              disabled={failing === 0}
              title="next failing agent (f)"
              onClick={() => jumpTo(nextFailing(outline, selected))}
            >
              <Icon name="alert" /> {failing > 0 ? `${failing} failing` : 'Failing'}
            </button>
            <button
              type="button"
              class="button quiet"
              title="slowest agent (s)"
              onClick={() => jumpTo(slowest(outline, now.value))}
            >
              <Icon name="clock" /> Slowest
            </button>
            <button
              type="button"
              class="icon-button"
              aria-label={collapsed.value.size > 0 ? 'unfold all' : 'fold all'}
              title={collapsed.value.size > 0 ? 'Unfold all' : 'Fold all'}
              onClick={() => {
                collapsed.value =
                  collapsed.value.size > 0 ? new Set() : new Set(parents().map(({ agentId }) => agentId));
              }}
            >
              <Icon name="fold" />
            </button>
          </>
        )}
      </div>
      {rows.length === 0 && <p class="empty">No agent matches.</p>}
      {view === 'tree' && <TreeMap rows={rows} selected={selected} />}
      {view === 'list' && <AgentList rows={rows} selected={selected} />}
      {view === 'timeline' && <Timeline outline={outline} rows={rows} selected={selected} />}
    </section>
  );
}

export function showView(view: RunViewName): void {
  const { value } = route;
  if (value.page === 'run') goTo({ ...value, view });
}

export function jumpTo(agentId: string | null): void {
  if (agentId === null) return;
  search.value = '';
  // What hides it is unfolded.
  const next = new Set(collapsed.value);
  for (const one of next) if (agentId.startsWith(`${one}/`)) next.delete(one);
  collapsed.value = next;
  goToAgent(agentId);
}
