/**
 * Checks everything: types, lint and format, unit, integration and browser tests. Arguments go to vitest. The last line says how
 * many passed and failed, where the type checks and the lint count as one each.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../src/errors.ts';
import { requireChromium } from './chromium.ts';

interface Count {
  passed: number;
  failed: number;
}

const project = join(import.meta.dirname, '..');
const packages = join(project, 'node_modules');

const counts = [
  await check('types', join(packages, 'typescript', 'bin', 'tsc'), ['-p', 'tsconfig.json']),
  await check('types of the page', join(packages, 'typescript', 'bin', 'tsc'), ['-p', 'src/viewer/web/tsconfig.json']),
  await check('lint and format', join(packages, '@biomejs', 'biome', 'bin', 'biome'), [
    'check',
    `--colors=${process.stdout.isTTY ? 'force' : 'off'}`,
  ]),
  ...(await runAllTests(process.argv.slice(2))),
];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);

async function check(name: string, program: string, options: string[]): Promise<Count> {
  const code = await run(program, options);
  console.log(`${name}: ${code === 0 ? 'passed' : 'FAILED'}`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Where there is no browser, its tests count as one that failed, and the others are run all the same. */
async function runAllTests(options: string[]): Promise<Count[]> {
  try {
    requireChromium((message) => console.log(`browser tests: ${message}`));
    return [await runTests(options)];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.log(`browser tests: FAILED: ${error.message}`);
    return [{ passed: 0, failed: 1 }, await runTests(['--project=!browser', ...options])];
  }
}

async function runTests(options: string[]): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'rlm-report-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await run(join(packages, 'vitest', 'vitest.mjs'), ['run', ...reporters, ...options]);
    const count = existsSync(report) ? readReport(report) : { passed: 0, failed: 0 };
    // A crash, an error outside any test, or no test at all is a failure too.
    if (count.failed === 0 && (code !== 0 || count.passed === 0)) return { ...count, failed: 1 };
    return count;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What of vitest's report is read. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

function readReport(file: string): Count {
  const { numPassedTests, numFailedTests, testResults }: Report = JSON.parse(readFileSync(file, 'utf8'));
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + brokenFiles.length };
}

async function run(program: string, options: string[]): Promise<number> {
  const child = spawn(process.execPath, [program, ...options], {
    cwd: project,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
