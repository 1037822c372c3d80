import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { agentsInOrder, nextFailing, slowest } from '../model/agent-tree.ts';
import { runViews } from '../model/route.ts';
import { now, store } from '../state/app.ts';
import { goTo, goToAgent, route } from '../state/location.ts';
import { switchTheme } from '../state/theme.ts';
import { jumpTo, showView } from './agents-pane.tsx';

export const helpIsOpen = signal(false);

const keys = [
  ['j  k', 'next and previous agent'],
  ['n  p', 'next and previous iteration'],
  ['u', 'the agent that started this one'],
  ['f', 'next failing agent'],
  ['s', 'slowest agent'],
  ['/', 'search agents'],
  ['1  2  3', 'tree, list, timeline'],
  ['g', 'all runs'],
  ['t', 'light or dark'],
  ['?', 'these keys'],
] as const;

/** Hears the keys, where nobody is typing. */
export function useShortcuts(): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      const isTyping = at.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(at.tagName);
      if (event.key === 'Escape' && isTyping) at.blur();
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (act(event.key)) event.preventDefault();
    };
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, []);
}

function act(key: string): boolean {
  if (key === '?') helpIsOpen.value = !helpIsOpen.value;
  else if (key === 't') switchTheme();
  else if (key === 'g') goTo({ page: 'runs' });
  else return actOnRun(key);
  return true;
}

function actOnRun(key: string): boolean {
  const outline = store.value?.outline.value;
  const { value } = route;
  if (!outline || value.page !== 'run') return false;
  const agent = outline.agents.get(value.agentId);
  const view = runViews[Number(key) - 1];
  if (view) showView(view);
  else if (key === '/') document.getElementById('agent-search')?.focus();
  else if (key === 'f') jumpTo(nextFailing(outline, value.agentId));
  else if (key === 's') jumpTo(slowest(outline, now.value));
  else if (key === 'u' && agent?.parentId) goToAgent(agent.parentId);
  else if (key === 'j' || key === 'k') {
    const agents = agentsInOrder(outline);
    const place = agents.findIndex(({ agentId }) => agentId === value.agentId);
    const next = agents[place + (key === 'j' ? 1 : -1)];
    if (next) goToAgent(next.agentId, null, { replace: true });
  } else if (key === 'n' || key === 'p') {
    const iterations = agent?.iterations ?? [];
    const place = iterations.findIndex(({ index }) => index === value.iteration);
    const next = iterations[place < 0 ? (key === 'n' ? 0 : iterations.length - 1) : place + (key === 'n' ? 1 : -1)];
    if (next) goToAgent(value.agentId, next.index, { replace: true });
  } else return false;
  return true;
}

/** The keys, in a dialog. */
export function ShortcutHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = helpIsOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      aria-label="keyboard shortcuts"
      onClose={() => {
        helpIsOpen.value = false;
      }}
    >
      <h2>Keys</h2>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split('  ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
