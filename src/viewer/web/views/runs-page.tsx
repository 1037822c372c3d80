import { useState } from 'preact/hooks';
import { formatCost, formatCount, formatDuration } from '../../../cli/format-quantities.ts';
import type { ListedRun } from '../../list-runs.ts';
import { routeHash } from '../model/route.ts';
import { Icon } from '../parts/icon.tsx';
import { ScriptedBadge, StatusBadge } from '../parts/status.tsx';
import { information, now, runs, runsProblem } from '../state/app.ts';
import { goTo, route } from '../state/location.ts';

const statuses = ['all', 'running', 'completed', 'failed', 'cancelled'] as const;

/** The latest runs. */
export function RunsPage() {
  const [words, setWords] = useState('');
  const [status, setStatus] = useState<(typeof statuses)[number]>('all');
  const all = runs.value;
  if (information.value?.kind !== 'live') return <NoRuns />;
  const found = (all ?? []).filter((run) => (status === 'all' || run.status === status) && matches(run, words));
  return (
    <main class="runs-page">
      <div class="page-title">
        <h1>Runs</h1>
        <div class="search-box">
          <Icon name="search" />
          <input
            type="search"
            aria-label="filter runs"
            placeholder="Filter by task, id, model"
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </div>
        <fieldset class="segments" aria-label="status">
          {statuses.map((one) => (
            <button key={one} type="button" aria-pressed={status === one} onClick={() => setStatus(one)}>
              {one}
            </button>
          ))}
        </fieldset>
      </div>
      {runsProblem.value && (
        <p class="problem" role="alert">
          {runsProblem.value}
        </p>
      )}
      {all === null ? (
        <p class="empty">Looking for runs …</p>
      ) : found.length === 0 ? (
        <p class="empty">
          {all.length === 0
            ? 'There are no runs yet. The first one that starts opens here by itself.'
            : 'No run matches.'}
        </p>
      ) : (
        <RunsTable found={found} />
      )}
    </main>
  );
}

const columns = [
  { name: 'Status' },
  { name: 'Task' },
  { name: 'Model' },
  { name: 'Agents', isNumber: true },
  { name: 'Cost', isNumber: true },
  { name: 'Duration', isNumber: true },
  { name: 'Age', isNumber: true },
];

function RunsTable({ found }: { found: ListedRun[] }) {
  return (
    <table class="runs">
      <thead>
        <tr>
          {columns.map(({ name, isNumber }) => (
            <th key={name} scope="col" class={isNumber ? 'number' : ''}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {found.map((run) => (
          <RunRow key={run.runId} run={run} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run }: { run: ListedRun }) {
  const { runId, task, model, scripted, agents, costUsd, startedAt, endedAt } = run;
  const there = { page: 'run', agentId: runId, iteration: null, view: 'tree' } as const;
  const time = Math.max(now.value, startedAt);
  const figures = [
    ['agents', agents === null ? '–' : formatCount(agents)],
    ['cost', costUsd === null ? '–' : formatCost(costUsd)],
    ['duration', formatDuration((endedAt ?? time) - startedAt)],
    ['age', formatDuration(time - startedAt)],
  ] as const;
  return (
    // The link within is what the keyboard reaches.
    <tr onClick={() => goTo(there)}>
      <td>
        <StatusBadge of={run} />
      </td>
      <td class="task">
        <a href={routeHash(there)}>{task || runId}</a>
        <span class="run-id">{runId}</span>
      </td>
      <td class="model">
        {scripted ? <ScriptedBadge /> : null} {model}
      </td>
      {figures.map(([name, figure]) => (
        <td key={name} class="number" data-name={name}>
          {figure}
        </td>
      ))}
    </tr>
  );
}

function matches({ task, runId, model, scripted }: ListedRun, words: string): boolean {
  const text = `${task} ${runId} ${model} ${scripted ? 'scripted model' : ''}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Where there is no server behind the page, or it was not reached yet. */
function NoRuns() {
  return (
    <main class="runs-page">
      <p class="empty">
        {runsProblem.value ??
          (route.value.page === 'run'
            ? 'Looking for the run …'
            : 'Drop a results file (results/RUN_ID.json) here, or open one with the folder above.')}
      </p>
    </main>
  );
}
