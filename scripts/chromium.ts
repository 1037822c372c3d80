/** The browser that the browser tests and the viewer's benchmark use. */
import { findOnPath } from '../src/embedded/temporal-binary.ts';
import { UsageError } from '../src/errors.ts';
import { installPackage, mayInstallPackages } from './apt.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Chromium is: `RLM_CHROMIUM`, else the PATH; null where there is none. */
export function findChromium(): string | null {
  const { RLM_CHROMIUM: chosen } = process.env;
  if (chosen) return chosen;
  return names.map((name) => findOnPath(name, process.env)).find((path) => path !== null) ?? null;
}

/**
 * Finds Chromium, or installs it where that can be done without asking anybody. Throws {@link UsageError} otherwise.
 *
 * @param say Told what takes time.
 */
export function requireChromium(say: (message: string) => void): string {
  const known = findChromium();
  if (known !== null) return known;
  if (mayInstallPackages()) {
    say('installing chromium with apt-get');
    installPackage('chromium');
  }
  const found = findChromium();
  if (found !== null) return found;
  throw new UsageError(
    'Chromium is missing: install it (on Debian: apt-get install chromium), or set RLM_CHROMIUM to it',
  );
}
