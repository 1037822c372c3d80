import { parseArgs } from 'node:util';
import { connect, defineAgent, loadSettings, runWorker, startRun, tool } from 'durable-rlm';
import { z } from 'zod';
import { chooseModel, describeModel } from '../terminal/choose-model.ts';
import { printProgress } from '../terminal/print-progress.ts';
import { printRun } from '../terminal/print-run.ts';
import { cancelOnInterrupt, runProgram } from '../terminal/program.ts';
import { searchArticles } from './knowledge-base.ts';

const helpDesk = defineAgent({
  name: 'help-desk',
  inputs: z.object({ question: z.string() }),
  outputs: z.object({
    answer: z.string(),
    sources: z.array(z.string()).describe('ids of the articles that the answer comes from'),
  }),
  tools: {
    search_knowledge_base: tool({
      description: 'Finds the articles of the help desk that fit a query best: a list of {id, title, text}.',
      parameters: z.object({ query: z.string().min(1) }),
      execute: ({ query }) => searchArticles(query),
      idempotent: true,
    }),
  },
  instructions: 'Answer only from the articles of the knowledge base, and name those you used.',
});

await runProgram(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { model: { type: 'string', short: 'm' } },
  });
  const question = positionals.join(' ') || 'For how many days are cargo bikes lent?';
  const settings = loadSettings();
  const model = values.model ?? chooseModel(settings, 'scripted/tools');
  console.error(`${question} (answered by ${describeModel(model)})`);

  await using temporal = await connect({ settings, onProgress: console.error });
  await using _worker = await runWorker({ settings: temporal.settings, agents: [helpDesk] });
  const run = await startRun(temporal.client, helpDesk, { inputs: { question }, model, settings: temporal.settings });
  using _interrupt = cancelOnInterrupt(run);
  await printProgress(run, { verbose: true });
  const { output, ...result } = await run.result();

  console.log(`${output.answer}\nfrom: ${output.sources.join(', ') || 'no article'}\n`);
  printRun(result, temporal.uiUrl);
});
