import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { newRunId } from '../../src/client/run-id.ts';
import { openRepl } from '../../src/repl/open-repl.ts';
import { createLocalProvider } from '../../src/sandbox/local.ts';
import type { SandboxProvider } from '../../src/sandbox/provider.ts';
import { askNamespaceId } from '../../src/sweeper/ask-namespace.ts';
import { scheduleSweeper, sweeperScheduleId, sweeperWorkflowType } from '../../src/sweeper/schedule-sweeper.ts';
import { type SweepReport, sweep } from '../../src/sweeper/sweep.ts';
import { connectTemporal, embeddedTarget } from '../../src/temporal-connection.ts';
import { type RunningWorker, runWorker } from '../../src/worker/run-worker.ts';
import { ageSandboxes, rewriteSandboxes } from '../support/rewrite-sandboxes.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
let provider: SandboxProvider;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  provider = createLocalProvider({ dataDirectory: world.dataDirectory });
});
afterEach(async () => {
  for (const id of await sandboxIds()) await provider.delete({ provider: 'local', id, host: provider.host });
  await provider[Symbol.asyncDispose]();
});

const sandboxIds = async () => (await provider.list()).map(({ id }) => id).sort();

/** Starts a run whose agent is busy in its sandbox until it is told to end; returns its ids. */
async function startBusyAgent(runId = newRunId('busy')): Promise<{ agent: string; lineage: string; id: string }> {
  const run = await world.run('-> answer: str', { agent: [reply('import time\ntime.sleep(600)')] }, { runId });
  for await (const event of run.events()) {
    if (event.type !== 'sandbox-opened') continue;
    const { raw } = await world.client.workflow.getHandle(runId).describe();
    return { agent: runId, lineage: raw.workflowExecutionInfo?.firstRunId ?? '', id: event.sandboxId };
  }
  throw new Error('the run ended without a sandbox');
}

const terminate = (agent: string) => world.client.workflow.getHandle(agent).terminate();

/** Makes a sandbox as one that a crash left behind: nobody else knows of it. */
async function makeSandbox(labels: Record<string, string>): Promise<string> {
  const { id } = await provider.create({ id: randomUUID(), labels: { 'rlm.run': 'run', ...labels } });
  return id;
}

describe('a sweep', () => {
  it('deletes the sandbox of an agent that was terminated, which no cleanup deletes', async () => {
    const { agent, id } = await startBusyAgent();
    await terminate(agent);
    await ageSandboxes(world.dataDirectory);
    expect(await sandboxIds()).toEqual([id]);
    expect(await sweep(provider, world)).toEqual({
      deleted: [{ id, run: agent, agent, reason: 'its agent is terminated' }],
      failed: [],
      kept: 0,
    });
    expect(await sandboxIds()).toEqual([]);
  });

  it('leaves alone the sandbox of an agent that goes on, and that of a REPL', async () => {
    const { agent } = await startBusyAgent();
    await using repl = await openRepl({ settings: world.settings });
    const before = await sandboxIds();
    await ageSandboxes(world.dataDirectory);
    expect(await sweep(provider, world)).toEqual({ deleted: [], failed: [], kept: 2 });
    expect(await sandboxIds()).toEqual(before);
    expect(await repl.execute('print("alive")')).toMatchObject({ stdout: 'alive\n' });
    await terminate(agent);
  });

  it('leaves alone what has just been made', async () => {
    const id = await makeSandbox({ 'rlm.agent': newRunId('nobody') });
    expect(await sweep(provider, world)).toEqual({ deleted: [], failed: [], kept: 1 });
    expect(await sandboxIds()).toEqual([id]);
  });

  it('tells an agent from an earlier one with its id', async () => {
    const first = await startBusyAgent();
    await terminate(first.agent);
    const second = await startBusyAgent(first.agent);
    await makeSandbox({ 'rlm.agent': first.agent, 'rlm.lineage': first.lineage });
    const current = await makeSandbox({ 'rlm.agent': first.agent, 'rlm.lineage': second.lineage });
    await ageSandboxes(world.dataDirectory);
    const { deleted } = await sweep(provider, world);
    expect(deleted).toContainEqual(expect.objectContaining({ reason: 'of an earlier agent with this id' }));
    expect(await sandboxIds()).toEqual(expect.arrayContaining([current, second.id]));
    await terminate(second.agent);
  });

  it('takes an agent that was reset for the same agent', async () => {
    const { agent, lineage, id } = await startBusyAgent();
    const handle = world.client.workflow.getHandle(agent);
    await terminate(agent);
    const { history } = await world.client.workflowService.getWorkflowExecutionHistory({
      namespace: world.settings.temporal.namespace,
      execution: { workflowId: agent },
    });
    const completed = history?.events?.find((event) => event.workflowTaskCompletedEventAttributes);
    await world.client.workflowService.resetWorkflowExecution({
      namespace: world.settings.temporal.namespace,
      workflowExecution: { workflowId: agent },
      workflowTaskFinishEventId: completed?.eventId ?? null,
      requestId: randomUUID(),
    });
    expect((await handle.describe()).runId).not.toBe(lineage);
    const labelled = await makeSandbox({ 'rlm.agent': agent, 'rlm.lineage': lineage });
    await ageSandboxes(world.dataDirectory);
    await sweep(provider, world);
    expect(await sandboxIds()).toEqual(expect.arrayContaining([labelled, id]));
    await terminate(agent);
  });

  it('reports what it cannot delete, and deletes the others', async () => {
    const agent = newRunId('nobody');
    const stuck = await makeSandbox({ 'rlm.agent': agent });
    const others = await Promise.all(Array.from({ length: 10 }, () => makeSandbox({ 'rlm.agent': agent })));
    await ageSandboxes(world.dataDirectory);
    // What the provider is to remove is a directory, which it does not expect.
    const directory = join(world.dataDirectory, 'in-the-way');
    await mkdir(directory, { recursive: true });
    let socketPath = '';
    await rewriteSandboxes(world.dataDirectory, (state) => {
      if (state.id !== stuck) return {};
      socketPath = state.socketPath;
      return { socketPath: directory };
    });

    const { deleted, failed, kept } = await sweep(provider, world);
    expect(deleted.map(({ id }) => id).sort()).toEqual(others.sort());
    expect(failed).toEqual([{ id: stuck, reason: expect.stringContaining(directory) }]);
    expect(kept).toBe(0);
    expect(await sandboxIds()).toEqual([stuck]);

    await rewriteSandboxes(world.dataDirectory, ({ id }) => (id === stuck ? { socketPath } : {}));
    expect((await sweep(provider, world)).deleted).toMatchObject([{ id: stuck }]);
  });

  it('deletes nothing of which Temporal does not say how it is, and reports that', async () => {
    const id = await makeSandbox({ 'rlm.agent': newRunId('nobody') });
    await ageSandboxes(world.dataDirectory);
    const connection = await connectTemporal(embeddedTarget(inject('temporalAddress')));
    await connection.close();
    expect(await sweep(provider, { client: new Client({ connection }) })).toEqual({
      deleted: [],
      failed: [{ id, reason: expect.stringMatching(/^Temporal does not say how its agent is: .*shut down/) }],
      kept: 0,
    });
    expect(await sandboxIds()).toEqual([id]);
  });

  it('deletes nothing once it is aborted', async () => {
    const id = await makeSandbox({ 'rlm.agent': newRunId('nobody') });
    await ageSandboxes(world.dataDirectory);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(sweep(provider, { ...world, signal })).rejects.toThrow('enough');
    expect(await sandboxIds()).toEqual([id]);
  });
});

it('the workflow sweeps once, and returns what it did', async () => {
  const gone = await startBusyAgent();
  await terminate(gone.agent);
  const busy = await startBusyAgent();
  await ageSandboxes(world.dataDirectory);
  const report: SweepReport = await world.client.workflow.execute(sweeperWorkflowType, {
    workflowId: newRunId('sweeper'),
    taskQueue: world.settings.temporal.taskQueue,
  });
  expect(report).toMatchObject({ deleted: [{ id: gone.id, agent: gone.agent }], failed: [], kept: 1 });
  expect(await sandboxIds()).toEqual([busy.id]);
  await terminate(busy.agent);
});

describe('the schedule', () => {
  /** Local sandboxes as those of a provider that any host reaches. */
  function unbound(): SandboxProvider {
    const local = createLocalProvider({ dataDirectory: world.dataDirectory });
    return {
      name: local.name,
      host: null,
      check: () => local.check(),
      create: async (request, signal) => ({ ...(await local.create(request, signal)), host: null }),
      connect: (reference) => local.connect(reference),
      delete: (reference) => local.delete(reference),
      list: () => local.list(),
      [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
    };
  }

  const startWorker = (taskQueue: string, options: { sweeps?: boolean } = {}): Promise<RunningWorker> => {
    const settings = { ...world.settings, temporal: { ...world.settings.temporal, taskQueue } };
    return runWorker({
      settings,
      provider: unbound(),
      workflowBundlePath: inject('workflowBundlePath'),
      ...options,
    });
  };

  const handleOf = (taskQueue: string) => world.client.schedule.getHandle(sweeperScheduleId(taskQueue));

  const isScheduled = async (taskQueue: string) => {
    try {
      await handleOf(taskQueue).describe();
      return true;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return false;
      throw error;
    }
  };

  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => void warnings.push(message);
  beforeEach(() => {
    warnings.length = 0;
    process.on('warning', onWarning);
  });
  afterEach(() => void process.off('warning', onWarning));

  it('is made once by all workers of a task queue, and has them sweep', async () => {
    const taskQueue = newRunId('queue');
    {
      await using first = await startWorker(taskQueue);
      await using second = await startWorker(taskQueue);
      expect([first, second]).toHaveLength(2);
      await until(() => isScheduled(taskQueue));
      const { spec, policies, action, info } = await handleOf(taskQueue).describe();
      expect(spec).toMatchObject({ intervals: [{ every: 600_000 }], jitter: 60_000 });
      expect(policies).toMatchObject({ overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 60_000 });
      expect(action).toMatchObject({ type: 'startWorkflow', workflowType: 'sweeper', taskQueue });
      expect(info.nextActionTimes.length).toBeGreaterThan(0);

      const { namespace } = world.settings.temporal;
      const namespaceId = await askNamespaceId(world.client.connection, namespace);
      await makeSandbox({ 'rlm.agent': newRunId('nobody'), 'rlm.namespace-id': `${namespaceId}` });
      await ageSandboxes(world.dataDirectory);
      await handleOf(taskQueue).trigger();
      await until(async () => (await sandboxIds()).length === 0);
    }
    // A worker that has ended has heard what became of its request.
    expect(warnings).toEqual([]);
    await handleOf(taskQueue).delete();
  });

  it('is not made by a worker that is told not to, nor where sandboxes belong to a host', async () => {
    const taskQueue = newRunId('queue');
    await (await startWorker(taskQueue, { sweeps: false }))[Symbol.asyncDispose]();
    await world.stopWorker();
    expect(await isScheduled(taskQueue)).toBe(false);
    expect(await isScheduled(world.settings.temporal.taskQueue)).toBe(false);
    await world.startWorker();
  });

  it('is warned of once when the server refuses it, and nothing fails', async () => {
    const { connection } = world.client;
    const place = { connection, namespace: 'there-is-none', taskQueue: 'rlm' };
    await scheduleSweeper(place);
    await scheduleSweeper(place);
    await until(() => warnings.length > 0);
    expect(warnings).toEqual([expect.stringMatching(/there-is-none.*"rlm sandboxes --sweep"/)]);
  });
});
