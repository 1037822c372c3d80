import { computed, effect, signal } from '@preact/signals';
import { runOf } from '../../../agent/names.ts';
import type { RunDocument } from '../../../results/run-document.ts';
import type { ViewerInformation } from '../../api.ts';
import type { ListedRun } from '../../list-runs.ts';
import { readResultsFile } from '../model/results-file.ts';
import { askServer } from './ask-server.ts';
import { openStream } from './event-stream.ts';
import { goTo, route } from './location.ts';
import { documentSource, serverSource } from './run-source.ts';
import { RunStore } from './run-store.ts';

/** What the server said of itself; null: there is none, or it was not asked yet. */
export const information = signal<ViewerInformation | null>(null);
/** Results that were opened here, by their run's id. */
export const documents = signal<ReadonlyMap<string, RunDocument>>(new Map());
export const runs = signal<ListedRun[] | null>(null);
export const runsProblem = signal<string | null>(null);
/** A line for the person at the page, for a while. */
export const notice = signal<{ text: string; isProblem: boolean } | null>(null);
/** The run that is shown. */
export const store = signal<RunStore | null>(null);
/** The time, for what goes on; it stands still while nothing does. */
export const now = signal(Date.now());

const shownRunId = computed(() => (route.value.page === 'run' ? runOf(route.value.agentId) : null));
/** The run that opened by itself. When it is over, and nobody looks for anything in it, the next one does. */
const openedByItself = signal<string | null>(null);
const leavesItself = computed(() => {
  const { value } = route;
  const isAtItsRoot = value.page === 'run' && value.agentId === openedByItself.value && value.iteration === null;
  return value.page === 'newest' || (isAtItsRoot && store.value?.state.value === 'ended');
});
const wantsList = computed(
  () => information.value?.kind === 'live' && (route.value.page !== 'run' || leavesItself.value),
);

/** Begins: with the results that the page itself holds, else with what the server has. */
export async function start(): Promise<void> {
  const embedded = document.getElementById('results')?.textContent;
  if (embedded) openDocument(readResultsFile(embedded));
  else await askForInformation();
  effect(() => {
    const runId = shownRunId.value;
    const known = runId === null ? undefined : documents.value.get(runId);
    const live = information.value?.kind === 'live';
    store.peek()?.[Symbol.dispose]();
    store.value =
      runId === null || !(known || live) ? null : new RunStore(known ? documentSource(known) : serverSource(runId));
  });
  effect(() => {
    return wantsList.value ? listRuns() : undefined;
  });
  effect(() => {
    const newest = runs.value?.[0]?.runId;
    if (!leavesItself.value || newest === undefined || newest === shownRunId.value) return;
    openedByItself.value = newest;
    goTo({ page: 'run', agentId: newest, iteration: null, view: 'tree' }, { replace: true });
  });
  effect(() => {
    if (store.value?.state.value !== 'live' && !wantsList.value) return undefined;
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1_000);
    return () => clearInterval(timer);
  });
}

/** Shows the results in a document. */
export function openDocument(opened: RunDocument): void {
  documents.value = new Map(documents.value).set(opened.runId, opened);
  const shown = route.peek();
  const isShown = shown.page === 'run' && runOf(shown.agentId) === opened.runId;
  if (!isShown) goTo({ page: 'run', agentId: opened.runId, iteration: null, view: 'tree' });
}

/** Shows the results in a file that somebody chose or dropped. */
export async function openFile(file: File): Promise<void> {
  try {
    openDocument(readResultsFile(await file.text()));
  } catch (error) {
    say(`${file.name}: ${(error as Error).message}`, true);
  }
}

let noticeTimer: ReturnType<typeof setTimeout> | undefined;

/** Says a line, which goes away by itself. */
export function say(text: string, isProblem = false): void {
  notice.value = { text, isProblem };
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => {
    notice.value = null;
  }, 8_000);
}

async function askForInformation(): Promise<void> {
  for (;;) {
    try {
      information.value = await askServer<ViewerInformation>('/api/information');
      if (information.value?.kind !== 'file') return;
      const only = await askServer<RunDocument>('/api/results');
      if (only) openDocument(only);
      return;
    } catch (error) {
      runsProblem.value = (error as Error).message;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
  }
}

function listRuns(): () => void {
  return openStream(
    '/api/runs',
    {
      runs: (listed: ListedRun[]) => {
        runs.value = listed;
        runsProblem.value = null;
      },
      problem: (message: string) => {
        runsProblem.value = message;
      },
    },
    (connected) => {
      runsProblem.value = connected ? null : 'the viewer does not answer; trying again';
    },
  );
}
