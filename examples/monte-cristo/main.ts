import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connect, defineAgent, loadSettings, runWorker, startRun, UsageError } from 'durable-rlm';
import { z } from 'zod';
import { chooseModel, describeModel } from '../terminal/choose-model.ts';
import { printProgress } from '../terminal/print-progress.ts';
import { printRun } from '../terminal/print-run.ts';
import { cancelOnInterrupt, runProgram } from '../terminal/program.ts';
import { bookUrl, downloadBook, readBook } from './book.ts';
import { splitChapters } from './chapters.ts';
import { plotWealth } from './plot.ts';
import { checkWealth, wealthTask } from './wealth.ts';

const agent = defineAgent({
  name: 'monte-cristo',
  signature: 'chapters: list[str], task: str -> wealth_data: list[dict]',
  limits: { maxIterations: 40, maxLlmCalls: 500 },
});

await runProgram(async () => {
  const { values: options } = parseArgs({
    options: {
      text: { type: 'string' },
      output: { type: 'string', short: 'o', default: '.' },
      model: { type: 'string', short: 'm' },
      quiet: { type: 'boolean', short: 'q', default: false },
    },
  });
  const settings = loadSettings();
  const cache = join(settings.dataDirectory, 'books', 'pg1184.txt');
  const book = options.text ? await readBook(options.text) : await downloadBook(bookUrl, cache, printBytes());
  const chapters = splitChapters(book);
  if (chapters.length === 0) throw new UsageError('the text has no line that begins with "Chapter 1."');
  const model = options.model ?? chooseModel(settings, 'scripted/monte-cristo');
  console.error(`fetched ${chapters.length} chapters, read by ${describeModel(model)}`);

  await using temporal = await connect({ settings, onProgress: console.error });
  await using _worker = await runWorker({ settings: temporal.settings, agents: [agent] });
  const inputs = { chapters, task: wealthTask(chapters.length) };
  const run = await startRun(temporal.client, agent, { inputs, model, settings: temporal.settings });
  using _interrupt = cancelOnInterrupt(run);
  await printProgress(run, { verbose: !options.quiet });
  const { output, ...result } = await run.result();

  const { rows, problems } = checkWealth(z.array(z.unknown()).parse(output.wealth_data), chapters.length);
  const { svg, png } = await plotWealth(rows);
  await mkdir(options.output, { recursive: true });
  await writeFile(join(options.output, 'wealth_data.json'), `${JSON.stringify(rows, null, 2)}\n`);
  await writeFile(join(options.output, 'wealth_trajectories.svg'), svg);
  await writeFile(join(options.output, 'wealth_trajectories.png'), png);

  for (const problem of problems) console.error(`incomplete: ${problem}`);
  console.log(`${rows.length} rows in ${join(options.output, 'wealth_data.json')}`);
  console.log(`plots in ${join(options.output, 'wealth_trajectories')}.svg and .png\n`);
  printRun(result, temporal.uiUrl);
});

/** A line for each half megabyte that has come. */
function printBytes(): (bytes: number) => void {
  const step = 500_000;
  let printed = 0;
  return (bytes) => {
    if (printed === 0) console.error(`downloading ${bookUrl}`);
    else if (bytes < printed) return;
    else console.error(`  ${(bytes / 1_000_000).toFixed(1)} MB`);
    printed = bytes + step;
  };
}
