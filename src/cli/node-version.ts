import { UsageError } from '../errors.ts';

/** As `engines` in package.json says, which npm warns of but does not enforce. */
const oldest = [22, 18] as const;

/** Throws {@link UsageError} where this version of Node.js is too old to run the program. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new UsageError(`Node.js ${version} is too old; install ${oldest.join('.')} or later`);
}
