/**
 * Sets up a clone, and then runs a program under the project's Node:
 *
 *     node scripts/setup.mjs [PROGRAM [ARGUMENT …]]
 *
 * It runs before anything is installed, under Node 20 or later, so it is plain JavaScript without dependencies. What
 * comes after the npm packages is in prepare.ts. The program is run from here rather than by a second `node` on the
 * command line, because a shell that found the machine's Node before the packages were there remembers it.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync, utimesSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = join(project, 'node_modules');
const installedList = join(packages, '.package-lock.json');
const windows = process.platform === 'win32';

if (Number(process.versions.node.split('.')[0]) < 20) {
  end(`durable-rlm needs Node 20 or later; this is ${process.versions.node}`, 2);
}
if (!packagesAreCurrent()) await installPackages();
const node = projectNode();
const prepared = await run(node, [join(project, 'scripts', 'prepare.ts')]);
if (prepared !== 0) process.exit(prepared);
const [program, ...programArguments] = process.argv.slice(2);
if (program) process.exit(await run(node, [program, ...programArguments]));

/** npm writes its own list of what it installed last of all. */
function packagesAreCurrent() {
  const installed = statSync(installedList, { throwIfNoEntry: false });
  return installed !== undefined && installed.mtimeMs >= statSync(join(project, 'package-lock.json')).mtimeMs;
}

/**
 * Installs what package-lock.json says. `npm ci` would refuse where the registry lacks a package that another platform
 * needs, which `npm install` passes over.
 */
async function installPackages() {
  console.error('setup: installing npm packages');
  const options = ['install', '--no-save', '--loglevel=error', '--no-fund', '--no-audit'];
  const stdio = ['ignore', 'ignore', 'inherit'];
  const npm = process.env.npm_execpath;
  const code = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...options], { cwd: project, stdio })
    : await run(windows ? 'npm.cmd' : 'npm', options, { cwd: project, stdio, shell: windows });
  if (code !== 0) end('setup: npm install failed', code);
  const now = new Date();
  utimesSync(installedList, now, now); // npm leaves it alone where nothing had to change.
}

/** The Node that came with the packages; this one, where it is new enough and that one is missing. */
function projectNode() {
  const installed = join(packages, 'node', 'bin', windows ? 'node.exe' : 'node');
  if (existsSync(installed)) return installed;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  return end(
    'setup: npm did not install Node 24 (are install scripts switched off?); run: npm install --ignore-scripts=false',
    1,
  );
}

/** Runs a program in the foreground and returns its exit code. */
function run(command, programArguments, options = {}) {
  return new Promise((resolve) => {
    const path = `${join(packages, '.bin')}${windows ? ';' : ':'}${process.env.PATH}`;
    const child = spawn(command, programArguments, {
      stdio: 'inherit',
      env: { ...process.env, PATH: path },
      ...options,
    });
    // A terminal sends Ctrl-C to the program as well, which decides; what is sent to this process alone goes on to it.
    const ignore = () => {};
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', ignore).on('SIGTERM', forward).on('SIGHUP', forward);
    const finish = (code) => {
      process.off('SIGINT', ignore).off('SIGTERM', forward).off('SIGHUP', forward);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`setup: cannot run ${command}: ${error.message}`);
      finish(1);
    });
    child.once('exit', (code, signal) => finish(code ?? 128 + constants.signals[signal]));
  });
}

/** @returns {never} */
function end(message, code) {
  console.error(message);
  process.exit(code);
}
