import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FileArtifactStore } from '../../src/artifacts/file-store.ts';
import { readEvents } from '../../src/client/read-events.ts';
import { acquireEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { collectGarbage } from '../../src/gc/collect-garbage.ts';
import { askKnownAgents } from '../../src/gc/known-agents.ts';
import { readRun } from '../../src/results/read-run.ts';
import { removeDataDirectory, temporaryDataDirectory } from '../support/embedded-server.ts';
import { executionsOf } from '../support/executions.ts';
import { replay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { reply, startWorldAt, type World } from '../support/world-at.ts';

let server: EmbeddedServer;
let world: World;
let dataDirectory: string;
beforeAll(async () => {
  dataDirectory = await temporaryDataDirectory();
  // Temporal suggests to continue as new at 4,096 events; so low, a short run shows what a long one does.
  const configuration = { 'limit.historyCount.suggestContinueAsNew': 60 };
  server = await acquireEmbeddedServer({ dataDirectory, ports: 'any', configuration });
  world = await startWorldAt({ temporalAddress: server.address, workflowBundlePath: inject('workflowBundlePath') });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await removeDataDirectory(dataDirectory);
});

/** Keeps nothing for being young. */
function collect({ endedBefore = null, client = world.client }: { endedBefore?: number | null; client?: Client } = {}) {
  return collectGarbage(world.store, {
    askKnownAgents: (onBytes) => askKnownAgents(client, onBytes),
    youngerThan: Date.now(),
    endedBefore,
    dryRun: false,
  });
}

/** One that remembers nothing. */
const freshStore = () => new FileArtifactStore(world.store.directory);

async function countBlobs(): Promise<number> {
  let count = 0;
  for await (const _ of world.store.listBlobs()) count += 1;
  return count;
}

async function recordNames(prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of world.store.listRecords(prefix)) names.push(name);
  return names;
}

/** A tree with a large output, a stored context and an external payload. */
async function finishedTree(runId: string) {
  const run = await world.run(
    '-> answer: str',
    {
      agent: [
        [reply('print("long " * 2_000)'), reply('SUBMIT(rlm_query("look", context="c" * 5_000))')],
        [reply('SUBMIT(str(len(context)) + llm_query("ask"))')],
      ],
      query: () => 'ed',
    },
    { runId, instructions: 'i'.repeat(100_000) },
  );
  return (await run.result()).output;
}

async function isUnknown(workflowId: string): Promise<boolean> {
  try {
    await world.client.workflow.getHandle(workflowId).fetchHistory();
    return false;
  } catch (error) {
    return error instanceof WorkflowNotFoundError || (error as { code?: unknown }).code === 5;
  }
}

/** Temporal forgets it, as after its retention. */
async function forget(runId: string): Promise<void> {
  const { namespace } = world.client.options;
  for (const workflowId of [runId, `${runId}/2.1`]) {
    await world.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  }
  for (const workflowId of [runId, `${runId}/2.1`]) await until(() => isUnknown(workflowId), 50_000);
}

describe('garbage collection beside runs', () => {
  it('leaves a finished run whole, lets one go on that is open, and removes what nobody refers to', async () => {
    expect(await finishedTree('finished')).toEqual({ answer: '5000ed' });
    const open = await world.run('-> answer: str', {
      agent: [
        reply('kept = llm_query("x" * 3_000)\nprint("o" * 5_000)'),
        reply('again = llm_query("wait")\nprint(again)'),
        reply('SUBMIT(kept + again)'),
      ],
      query: (prompt) => (prompt === 'wait' ? { content: 'b', delayMs: 2_000 } : 'a'),
    });
    for await (const event of open.events()) if (event.type === 'call-started' && event.iteration === 2) break;
    await world.stopWorker();
    const { sha256 } = await world.store.put(Buffer.from('nobody refers to it'));
    const before = {
      document: await readRun(freshStore(), 'finished'),
      events: await readEvents(world.client, 'finished'),
    };

    const report = await collect();
    expect(report.removed.blobs.count).toBeGreaterThan(0);
    await expect(freshStore().get({ sha256, bytes: 0 })).rejects.toThrow('is not in the store');
    expect(await readRun(freshStore(), 'finished')).toEqual(before.document);
    expect(await readEvents(world.client, 'finished')).toEqual(before.events);
    for (const event of before.events) {
      if (event.type === 'cell-ended') await freshStore().get(event.output);
      if (event.type === 'model-replied') await freshStore().get(event.transcript);
    }

    await world.startWorker();
    expect((await open.result()).output).toEqual({ answer: 'ab' });
    await replay(world.client, ['finished', 'finished/2.1', open.runId]);
  });

  it('lets a run go on that continued as new, with all that its earlier executions left', async () => {
    const cells = ['seen = []', ...Array.from({ length: 30 }, (_, index) => `seen.append(${index})\nprint(seen)`)];
    const run = await world.run(
      '-> count: int',
      {
        agent: [...cells, 'llm_query("wait")', 'SUBMIT(len(seen))'].map(reply),
        query: () => ({ content: '', delayMs: 2_000 }),
      },
      { limits: { maxIterations: 100 } },
    );
    for await (const event of run.events()) if (event.type === 'call-started') break;
    await world.stopWorker();
    expect((await executionsOf(world.client, run.runId)).length).toBeGreaterThan(2);
    await collect();
    await world.startWorker();
    const { output, root } = await run.result();
    expect(output).toEqual({ count: 30 });
    expect(root.iterations).toHaveLength(33);
    expect(root.iterations[1]).toMatchObject({ stdout: '[0]\n', rawResponse: reply(cells[1] ?? '') });
    await collect();
    const events = await readEvents(world.client, run.runId);
    for (const event of events) if (event.type === 'cell-ended') await freshStore().get(event.output);
    expect(events.filter(({ type }) => type === 'cell-ended')).toHaveLength(33);
  });

  it('keeps the results of a run that Temporal forgot, and removes the run entirely when they are old enough', async () => {
    await collect();
    const before = { blobs: await countBlobs(), answers: await recordNames('answers/') };
    await finishedTree('forgotten');
    const document = await readRun(freshStore(), 'forgotten');
    await forget('forgotten');
    const kept = await countBlobs();

    await collect();
    expect(await countBlobs()).toBeLessThan(kept);
    expect(await readRun(freshStore(), 'forgotten')).toEqual(document);

    const report = await collect({ endedBefore: Date.now() });
    expect(report.removed.records.count).toBeGreaterThan(2);
    expect(await readRun(freshStore(), 'forgotten')).toBeNull();
    expect(await recordNames('agents/forgotten')).toEqual([]);
    expect(await countBlobs()).toBe(before.blobs);
    expect(await recordNames('answers/')).toEqual(before.answers);
    expect(await readRun(freshStore(), 'finished')).not.toBeNull();
  });
});
