import { createHash } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, WorkflowFailedError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { externalPayloadBytes } from '../../src/artifacts/external-storage.ts';
import { agentWorkflowType, newRunId, type RunEvent, RunHandle, startRun } from '../../src/index.ts';
import { replay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

const { HistoryEvent } = proto.temporal.api.history.v1;

let world: World;
let raw: Client;
beforeAll(async () => {
  // A worker that is stopped hands over at once.
  world = await startWorld({ settings: { worker: { shutdownGrace: 0, deployment: null } } });
  raw = new Client({ connection: world.client.connection, namespace: world.client.options.namespace });
});
afterAll(() => world?.[Symbol.asyncDispose]());

async function eventsOf(workflowId: string) {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  return events ?? [];
}

/** The largest event of a history, in bytes. */
async function largestEvent(workflowId: string): Promise<number> {
  return Math.max(...(await eventsOf(workflowId)).map((event) => HistoryEvent.encode(event).finish().byteLength));
}

/** The artifacts that the payloads of an event were put into. */
function externalOf(event: proto.temporal.api.history.v1.IHistoryEvent): string[] {
  const text = Buffer.from(HistoryEvent.encode(event).finish()).toString('latin1');
  return [...text.matchAll(/"driverName":"rlm-artifacts".*?([0-9a-f]{64})/g)].map(([, sha256 = '']) => sha256);
}

const blobPath = (sha256: string) => join(world.store.directory, 'blobs', sha256.slice(0, 2), sha256.slice(2));

/** Many inputs, of which each is small enough to be inline. */
function manyInputs(count: number, characters: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`input_${index}`, `${index} `.padEnd(characters, 'x')]),
  );
}
const signatureOf = (inputs: object, outputs: string) => `${Object.keys(inputs).join(', ')} -> ${outputs}`;

/** How a raw client starts an agent that says how long a text is, which is inline in its argument. */
function measuring(text: string) {
  return {
    workflowId: newRunId('raw'),
    taskQueue: world.settings.temporal.taskQueue,
    args: [
      {
        signature: 'text: str -> answer: int',
        inputs: { text },
        model: world.script({ agent: [reply('SUBMIT(len(text))')] }),
      },
    ],
  };
}

describe('payloads that are too large for a history', () => {
  it('3 MB of inline inputs reach the cell, from a client that has no store of its own', async () => {
    const inputs = manyInputs(1_600, 1_900);
    const run = await startRun(raw, signatureOf(inputs, 'answer: int'), {
      inputs,
      settings: world.settings,
      model: world.script({ agent: [reply('SUBMIT(len(input_0) + len(input_1599))')] }),
    });
    expect((await run.result()).output).toEqual({ answer: 3_800 });
    expect(await largestEvent(run.runId)).toBeLessThan(externalPayloadBytes);
    const events: RunEvent[] = [];
    for await (const event of run.events()) events.push(event);
    expect(events[0]).toMatchObject({ type: 'agent-started', task: expect.stringMatching(/^0 x/) });
    expect(events.at(-1)).toMatchObject({ type: 'agent-ended', status: 'completed' });
    await replay(world.client, [run.runId]);
  });

  it('one argument of 3 MB, from the raw Temporal client with the storage', async () => {
    const handle = await world.client.workflow.start(agentWorkflowType, measuring('x'.repeat(3_000_000)));
    expect(await handle.result()).toMatchObject({ output: { value: { answer: 3_000_000 } } });
    expect(await largestEvent(handle.workflowId)).toBeLessThan(externalPayloadBytes);
  });

  it('sub-agents whose tasks are large together, each inline', async () => {
    const code = `tasks = [{"task": f"{i} " + "字" * 1_900, "context": "字" * 1_900} for i in range(45)]
SUBMIT(rlm_query_batched(tasks))`;
    const run = await world.run('-> answer: list[str]', {
      agent: [[reply(code)], [reply('SUBMIT(task.split()[0] + " " + str(len(context)))')]],
    });
    const { output, usage } = await run.result();
    expect(output).toEqual({ answer: Array.from({ length: 45 }, (_, index) => `${index} 1900`) });
    expect(usage.agents).toBe(46);
    expect(await largestEvent(run.runId)).toBeLessThan(externalPayloadBytes);
    await replay(world.client, [run.runId, `${run.runId}/1.1`]);
  });

  it('the results of thousands of calls', async () => {
    const code = 'SUBMIT(sum(int(llm_query(str(i))) for i in range(2_000)))';
    const run = await world.run(
      '-> answer: int',
      { agent: [reply(code)], query: (prompt) => prompt },
      { limits: { maxLlmCalls: 2_000 } },
    );
    const { output, root } = await run.result();
    expect(output).toEqual({ answer: 1_999_000 });
    expect(root.iterations[0]?.calls).toHaveLength(2_000);
    expect(await largestEvent(run.runId)).toBeLessThan(externalPayloadBytes);
  });
});

describe('a client without the storage', () => {
  it('starts runs with what Temporal takes inline, and reads their results', async () => {
    const result = await raw.workflow.execute(agentWorkflowType, measuring('x'.repeat(1_000_000)));
    expect(result).toMatchObject({ status: 'completed', output: { value: { answer: 1_000_000 } } });
  });
});

describe('a payload whose artifact is missing', () => {
  it('ends a run whose arguments it was, with an error that names it', async () => {
    await world.stopWorker();
    const handle = await world.client.workflow.start(agentWorkflowType, {
      workflowId: newRunId('lost'),
      taskQueue: world.settings.temporal.taskQueue,
      args: [{ signature: '-> answer: int', instructions: 'x'.repeat(100_000) }],
    });
    const [started] = await eventsOf(handle.workflowId);
    const [sha256 = ''] = started ? externalOf(started) : [];
    await rename(blobPath(sha256), `${blobPath(sha256)}.elsewhere`);
    await world.startWorker();
    const failure = await handle.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toMatchObject({
      type: 'ArtifactMissing',
      message: expect.stringContaining(`artifact ${sha256} is not in the store`),
    });
    const document = await new RunHandle(world.client, world.store, handle.workflowId).document();
    expect(document.error).toMatchObject({ type: 'ArtifactMissing', message: expect.stringContaining(sha256) });
    // Nothing was tried again.
    const events = await eventsOf(handle.workflowId);
    expect(events.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
  });

  it('fails an activity whose input it was for good, and the run by it', async () => {
    const model = world.script({ agent: [reply('SUBMIT(1)')] });
    // Its activity is tried again after a while, which is time enough.
    world.models.failNext({ kind: 'rate-limited', retryAfter: 6, model: model.replace('openai/', '') });
    const instructions = 'y'.repeat(100_000);
    const { settings } = world;
    const run = await startRun(world.client, '-> answer: int', { inputs: {}, settings, model, instructions });
    const callModel = async () =>
      (await eventsOf(run.runId)).find(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'callModel',
      );
    await until(async () => {
      const { raw } = await world.client.workflow.getHandle(run.runId).describe();
      return raw.pendingActivities?.[0]?.attempt === 2;
    });
    const asked = await callModel();
    const [sha256 = ''] = asked ? externalOf(asked) : [];
    await world.stopWorker();
    // The bytes are others than they were: as good as none.
    await writeFile(blobPath(sha256), 'damaged');
    await world.startWorker();
    const document = await run.document();
    expect(document).toMatchObject({
      status: 'failed',
      error: { type: 'ArtifactMissing', message: expect.stringContaining(`artifact ${sha256} is damaged`) },
    });
  });

  it('holds up a run that went on with it, says so, and lets it go on when the artifact is back', async () => {
    const inputs = manyInputs(100, 1_900);
    const run = await world.run(
      signatureOf(inputs, 'answer: int'),
      { agent: [{ content: reply('SUBMIT(len(input_0))'), delayMs: 3_000 }] },
      { inputs },
    );
    const result = async () => {
      const events = await eventsOf(run.runId);
      return events.find((event) => event.activityTaskCompletedEventAttributes);
    };
    await until(async () => (await result()) !== undefined);
    const prepared = await result();
    const [sha256 = ''] = prepared ? externalOf(prepared) : [];
    expect(
      createHash('sha256')
        .update(await world.store.get({ sha256, bytes: 0 }))
        .digest('hex'),
    ).toBe(sha256);
    await world.stopWorker();
    await rename(blobPath(sha256), `${blobPath(sha256)}.elsewhere`);
    await world.startWorker();
    for await (const event of run.events()) {
      if (event.type !== 'retrying') continue;
      expect(event.message).toContain(`artifact ${sha256} is not in the store`);
      await rename(`${blobPath(sha256)}.elsewhere`, blobPath(sha256));
      break;
    }
    expect((await run.result()).output).toEqual({ answer: 1_900 });
  }, 60_000);
});
