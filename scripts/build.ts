/** Builds `dist` from `src`, unless it was built from the same sources. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../src/errors.ts';
import { buildPage, isOfPage } from './build-page.ts';

const project = join(import.meta.dirname, '..');
const source = join(project, 'src');
const output = join(project, 'dist');
/** Says what `dist` was built from. */
const stamp = '.sources';

if (import.meta.main) await build((message) => console.error(message));

/**
 * Builds beside `dist` and then puts the new one in its place, so that a build that fails leaves the old one.
 *
 * @param say Told what takes time.
 */
export async function build(say: (message: string) => void): Promise<void> {
  const sources = digest();
  if (existsSync(join(output, stamp)) && readFileSync(join(output, stamp), 'utf8') === sources) return;
  say('building');
  // Beside the place it is for, so that source maps name the sources from there.
  const fresh = join(project, `.dist-${process.pid}`);
  try {
    compile(fresh);
    copyAssets(fresh);
    await buildPage(join(fresh, 'viewer', 'web'));
    await bundleWorkflows(fresh);
    writeFileSync(join(fresh, stamp), sources);
    rmSync(output, { recursive: true, force: true });
    renameSync(fresh, output);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function sourceFiles(): string[] {
  return globSync('**/*', { cwd: source, exclude: ['**/__pycache__'] })
    .filter((name) => statSync(join(source, name)).isFile())
    .sort();
}

/** Names the sources, and what they are built with, by their content. */
function digest(): string {
  const hash = createHash('sha256');
  for (const name of [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build.ts',
    'scripts/build-page.ts',
  ]) {
    hash.update(readFileSync(join(project, name)));
  }
  for (const name of sourceFiles()) hash.update(`\0${name}\0`).update(readFileSync(join(source, name)));
  return hash.digest('hex');
}

function compile(directory: string): void {
  const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', 'tsconfig.build.json', '--outDir', directory];
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options], { cwd: project, encoding: 'utf8' });
  if (status !== 0) throw new UsageError(`the sources do not compile:\n${stdout.trim()}`);
}

/** What is not compiled, such as Python, belongs beside what is. */
function copyAssets(directory: string): void {
  for (const file of sourceFiles()) {
    if (!file.endsWith('.ts') && !isOfPage(file)) cpSync(join(source, file), join(directory, file));
  }
  const command = join(directory, 'cli.js');
  if (existsSync(command)) chmodSync(command, 0o755);
}

/** Bundled beforehand, workers need not do it at each start, which takes seconds. */
async function bundleWorkflows(directory: string): Promise<void> {
  const workflowsPath = join(directory, 'workflows', 'index.js');
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const workflowInterceptorModules = [join(directory, 'workflows', 'missing-payloads.js')];
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules,
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(join(directory, 'workflow-bundle.js'), code);
}
