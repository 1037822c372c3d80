import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { RepositoryRefused } from '../errors.ts';

const protocols: readonly string[] = ['https:', 'http:', 'ssh:', 'git:', 'file:'];

/** `user@host:path` and `host:path`, as ssh has them. */
const sshShorthand = /^(?:[\w.-]+@)?[\w.-]+:(?!\/\/|:)\S/;

/**
 * Checks where a repository is said to be, before anybody goes there.
 *
 * Throws {@link RepositoryRefused} for what is no address of a repository, and for one that holds a credential: addresses
 * are kept in histories and results, and shown.
 */
export function checkRepositoryAddress(address: string): void {
  const shown = address.replace(/\/\/[^/@]*@/, '//…@');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (address.trim() !== address || /[\u0000-\u001f\u007f]/.test(address) || address.startsWith('-')) {
    throw new RepositoryRefused(`${JSON.stringify(shown)} is no address of a repository`);
  }
  if (isAbsolute(address) || (!address.includes('://') && sshShorthand.test(address))) return;
  if (!address.includes('://')) {
    throw new RepositoryRefused(
      `there is no repository ${shown} here; give a git URL, such as https://github.com/OWNER/NAME, or the path of a local repository`,
    );
  }
  if (!URL.canParse(address)) throw new RepositoryRefused(`${shown} is no URL that git knows`);
  const { protocol, username, password } = new URL(address);
  if (!protocols.includes(protocol)) {
    throw new RepositoryRefused(`${shown}: git repositories are reached by https, ssh, git or file, not ${protocol}`);
  }
  if (password !== '' || (username !== '' && protocol.startsWith('http'))) {
    throw new RepositoryRefused(
      `${shown} holds a credential, which would be kept in the run's history; take it out and set RLM_GIT_TOKEN instead`,
    );
  }
}

/** The address as every process understands it: a path that exists is made absolute from the directory. */
export function absoluteAddress(address: string, directory: string): string {
  const path = resolve(directory, address);
  if (address !== '' && !address.includes('://') && existsSync(path)) return path;
  checkRepositoryAddress(address);
  return address;
}
