import { useErrorBoundary, useState } from 'preact/hooks';
import { notice, openFile, store } from '../state/app.ts';
import { route } from '../state/location.ts';
import { RunPage } from './run-page.tsx';
import { RunsPage } from './runs-page.tsx';
import { ShortcutHelp, useShortcuts } from './shortcuts.tsx';
import { TopBar } from './top-bar.tsx';

/** The whole page. A results file that is dropped anywhere on it is opened. */
export function App() {
  const [isOver, setOver] = useState(false);
  const [error, forget] = useErrorBoundary();
  useShortcuts();
  const current = store.value;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file may also be opened by a button
    <div
      class={`app ${isOver ? 'drop' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file) void openFile(file);
      }}
    >
      <TopBar />
      {error ? (
        <main class="runs-page">
          <p class="problem" role="alert">
            This cannot be shown: {String((error as Error).message ?? error)}{' '}
            <button type="button" class="button" onClick={forget}>
              Try again
            </button>
          </p>
        </main>
      ) : route.value.page === 'run' && current ? (
        <RunPage key={current.source.runId} store={current} />
      ) : (
        <RunsPage />
      )}
      <ShortcutHelp />
      <div class="notices" role="status" aria-live="polite">
        {notice.value && <p class={notice.value.isProblem ? 'notice bad' : 'notice'}>{notice.value.text}</p>}
      </div>
    </div>
  );
}
