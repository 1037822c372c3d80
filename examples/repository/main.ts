import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connect, loadSettings, runWorker, startRun } from 'durable-rlm';
import { chooseModel, describeModel } from '../terminal/choose-model.ts';
import { printProgress } from '../terminal/print-progress.ts';
import { printRun } from '../terminal/print-run.ts';
import { cancelOnInterrupt, runProgram } from '../terminal/program.ts';
import { checkPatch } from './check-patch.ts';
import { makeRepository } from './make-repository.ts';

const task = `A test of this repository fails because of something that a TODO comment says.
Investigate all TODO comments with sub-agents: one for each module, which start others for its files. Each finding has the
path and line, the TODO, and how much work it is. Then fix the easiest TODO that explains the failing test, and no other;
run the tests; and report what you changed and which TODOs are left.`;

await runProgram(async () => {
  const { values } = parseArgs({ options: { model: { type: 'string', short: 'm' } } });
  const settings = loadSettings();
  const model = values.model ?? chooseModel(settings, 'scripted/repository');
  using folder = temporaryFolder();
  const repository = join(folder.path, 'postage');
  const commit = makeRepository(repository);
  console.error(`a repository at commit ${commit.slice(0, 12)}, worked on by ${describeModel(model)}`);

  await using temporal = await connect({ settings, onProgress: console.error });
  await using _worker = await runWorker({ settings: temporal.settings });
  const run = await startRun(temporal.client, 'task: str -> answer: str', {
    ...{ inputs: { task }, workspace: { repository }, model, settings: temporal.settings },
  });
  using _interrupt = cancelOnInterrupt(run);
  await printProgress(run);
  const { output, patch, ...result } = await run.result();

  console.log(`${output.answer}\n`);
  printRun(result, temporal.uiUrl);
  if (patch === undefined) return fail('\nThe agents changed nothing.');
  console.log(`\n${patch.trimEnd()}\n`);
  const { before, after } = checkPatch(repository, patch, folder.path);
  console.log(`In a fresh clone, the tests before the patch: ${before.summary}`);
  console.log(`In a fresh clone, the tests after it:         ${after.summary}`);
  if (!after.passed) return fail('The patch does not make the failing test pass.');
  console.log('The failing test now passes.');
});

function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'rlm-example-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The program did its work, but the agents did not. */
function fail(message: string): void {
  console.log(message);
  process.exitCode = 1;
}
