import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const key = 'rlm-theme';
const isTheme = (value: string | null): value is Theme => value === 'light' || value === 'dark' || value === 'system';

/** Light, dark, or as the system has it. */
export const theme = signal<Theme>(remembered());

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
/** What is shown now; charts and the timeline draw with its colours. */
export const shownTheme = signal<'light' | 'dark'>('light');

const show = () => {
  shownTheme.value = theme.value === 'system' ? (systemIsDark.matches ? 'dark' : 'light') : theme.value;
  document.documentElement.dataset.theme = shownTheme.value;
};
effect(show);
systemIsDark.addEventListener('change', show);

/** From light to dark and back. */
export function switchTheme(): void {
  theme.value = shownTheme.value === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // Where nothing may be kept, it holds for this visit.
  }
}

function remembered(): Theme {
  try {
    const value = localStorage.getItem(key);
    return isTheme(value) ? value : 'system';
  } catch {
    return 'system';
  }
}
