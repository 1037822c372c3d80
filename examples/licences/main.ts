import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connect, loadSettings, runWorker, startRun } from 'durable-rlm';
import { chooseModel, describeModel } from '../terminal/choose-model.ts';
import { printProgress } from '../terminal/print-progress.ts';
import { printRun } from '../terminal/print-run.ts';
import { printTable } from '../terminal/print-table.ts';
import { cancelOnInterrupt, runProgram } from '../terminal/program.ts';
import { licences } from './agent.ts';
import { readDocuments } from './documents.ts';

await runProgram(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { model: { type: 'string', short: 'm' }, json: { type: 'boolean' } },
  });
  const [folder = join(import.meta.dirname, '../../node_modules')] = positionals;
  const documents = readDocuments(folder);
  const settings = loadSettings();
  const model = values.model ?? chooseModel(settings, 'scripted/licences');
  console.error(`${documents.length} licence and readme files, read by ${describeModel(model)}`);

  await using temporal = await connect({ settings, onProgress: console.error });
  await using _worker = await runWorker({ settings: temporal.settings, agents: [licences] });
  const run = await startRun(temporal.client, licences, { inputs: { documents }, model, settings: temporal.settings });
  using _interrupt = cancelOnInterrupt(run);
  await printProgress(run);
  const { output, ...result } = await run.result();

  if (values.json) return console.log(JSON.stringify(output, null, 2));
  printTable(
    output.licences.map(({ licence, packages, permissive, noticeRequired, example }) => ({
      licence,
      packages: packages.length,
      permissive: permissive ? 'yes' : 'no',
      'notice required': noticeRequired ? 'yes' : 'no',
      example: `${example.package}/${example.file}: ${example.quote.slice(0, 50)}…`,
    })),
  );
  console.log(`\nNo document names the licence of: ${output.unknown.join(', ') || 'none'}\n`);
  printRun(result, temporal.uiUrl);
});
