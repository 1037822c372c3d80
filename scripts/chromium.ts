/** The browser that the browser tests and the viewer's benchmark use. */
import { findOnPath } from '../src/embedded/temporal-binary.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Chromium is: `RLM_CHROMIUM`, else the PATH; null where there is none. */
export function findChromium(): string | null {
  const { RLM_CHROMIUM: chosen } = process.env;
  if (chosen) return chosen;
  return names.map((name) => findOnPath(name, process.env)).find((path) => path !== null) ?? null;
}
