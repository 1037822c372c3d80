import { setTimeout } from 'node:timers/promises';
import { inject, it } from 'vitest';
import { startViewer } from '../../src/viewer/viewer-server.ts';
import { startBrowser } from '../support/browser.ts';
import { reply, startWorld } from '../support/world.ts';

it('look', async () => {
  await using world = await startWorld();
  await using browser = await startBrowser();
  await using viewer = await startViewer(
    { client: world.client, store: world.store, uiUrl: 'http://127.0.0.1:8233', namespace: 'default' },
    { port: 0, pageDirectory: inject('pageDirectory') },
  );
  const run = await world.run(
    'task: str -> answer: str, counts: list[dict]',
    {
      agent: ({ depth, iteration, firstMessage }) => {
        if (depth === 0) {
          return [
            'I first look at what there is, then split the work over sub-agents that each read one part of it.',
            reply('import json\nparts = [f"part {i}" for i in range(8)]\nfor p in parts:\n    print(p, len(p))  # sizes\nx = llm_query("What is the **main** topic of <b>this</b>?")\nprint(x)\nprint(open("nothing").read())'),
            reply('answers = rlm_query_batched([f"read {p} of the log and say what went wrong in it, with the lines that show it" for p in parts])\nnotes = llm_query_batched([f"summarize {i}" for i in range(12)])\nprint(answers)\nfor i in range(60): print("line", i, "of the report")'),
            reply('SUBMIT("The log shows three faults: two timeouts and one disk that was full.", [{"part": p, "faults": i*i % 7, "lines": 100*i} for i, p in enumerate(parts)])'),
          ][iteration - 1 + (iteration > 0 ? 1 : 0)] ?? reply('SUBMIT("x", [])');
        }
        if (firstMessage.includes('part 3') && iteration === 1) return reply('raise ValueError("the part is empty")');
        if (firstMessage.includes('part 5') && depth === 1) return reply('FINAL(rlm_query("look closer at the disk"))');
        return reply(`import time\ntime.sleep(${iteration === 1 ? 0.4 : 0})\nFINAL("nothing wrong here but a timeout in line 12")`);
      },
      query: async (prompt) => ({ content: `About ${prompt.slice(0, 20)}: it is a log of a web server.`, delayMs: 700 }),
    },
    { inputs: { task: 'Investigate the log of yesterday and say what went wrong, with counts per part.' }, limits: { maxCostUsd: 5, maxDepth: 3 } },
  );
  const { page, problems, picture } = await browser.open();
  await page.goto(viewer.url);
  await page.waitForSelector('.run-header');
  await setTimeout(1500);
  await picture('1-live');
  await run.document();
  await setTimeout(1500);
  await picture('2-ended');
  await page.keyboard.press('2');
  await setTimeout(500);
  await page.click('.agent-row >> nth=6');
  await setTimeout(500);
  await picture('3-list');
  await page.keyboard.press('3');
  await setTimeout(700);
  await picture('4-timeline');
  await page.keyboard.press('t');
  await page.keyboard.press('1');
  await page.goto(`${viewer.url}#/run/${run.runId}?iteration=2`);
  await setTimeout(700);
  await page.click('.call-head >> nth=1');
  await setTimeout(700);
  await picture('5-dark-iteration');
  await page.keyboard.press('g');
  await setTimeout(1500);
  await picture('6-runs');
  const narrow = await browser.open({ width: 400, height: 800 });
  await narrow.page.goto(`${viewer.url}#/run/${run.runId}`);
  await setTimeout(1500);
  await narrow.picture('7-narrow');
  console.log(problems, narrow.problems);
});
