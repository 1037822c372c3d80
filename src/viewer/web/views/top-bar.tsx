import { useRef } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { information, openFile, store } from '../state/app.ts';
import { shownTheme, switchTheme } from '../state/theme.ts';
import { helpIsOpen } from './shortcuts.tsx';

/** What is the same on every page. */
export function TopBar() {
  const chooser = useRef<HTMLInputElement>(null);
  const current = store.value;
  const isLive = information.value?.kind === 'live';
  const isCutOff = current?.source.isLive && !current.connected.value;
  return (
    <header class="top-bar">
      <a class="brand" href={isLive ? '#/runs' : '#/'} aria-label={isLive ? 'rlm: all runs' : 'rlm'}>
        rlm
      </a>
      <nav aria-label="where you are">
        {isLive && <a href="#/runs">Runs</a>}
        {current && <span class="crumb">{current.source.runId}</span>}
      </nav>
      <span class="grow" />
      {isCutOff && (
        <span class="badge tone-warn" role="status">
          reconnecting …
        </span>
      )}
      <input
        ref={chooser}
        type="file"
        accept=".json,application/json"
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file) void openFile(file);
          event.currentTarget.value = '';
        }}
      />
      <button
        type="button"
        class="icon-button"
        aria-label="open a results file"
        title="Open a results file"
        onClick={() => chooser.current?.click()}
      >
        <Icon name="open" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => {
          helpIsOpen.value = true;
        }}
      >
        <Icon name="keyboard" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={shownTheme.value === 'dark' ? 'light colours' : 'dark colours'}
        title="Light or dark (t)"
        onClick={switchTheme}
      >
        <Icon name={shownTheme.value === 'dark' ? 'sun' : 'moon'} />
      </button>
    </header>
  );
}
