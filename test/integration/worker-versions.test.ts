import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { newRunId } from '../../src/client/run-id.ts';
import { runVersion } from '../../src/client/run-version.ts';
import { startRun } from '../../src/client/start-run.ts';
import { acquireEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { UsageError } from '../../src/errors.ts';
import { defineAgent, tool } from '../../src/index.ts';
import { currentBuild } from '../../src/worker/deployment.ts';
import { type RunningWorker, runWorker } from '../../src/worker/run-worker.ts';
import { removeDataDirectory, temporaryDataDirectory } from '../support/embedded-server.ts';
import { executionsOf } from '../support/executions.ts';
import { until } from '../support/until.ts';
import { reply, startWorldAt, type World } from '../support/world-at.ts';

/** Temporal suggests to continue as new at 4,096 events; so low, a short run shows what a long one does. */
const configuration = { 'limit.historyCount.suggestContinueAsNew': 100 };

let dataDirectory: string;
let server: EmbeddedServer;
let world: World;
const workers: Record<string, RunningWorker> = {};
const deployment = newRunId('agents');
beforeAll(async () => {
  dataDirectory = await temporaryDataDirectory();
  server = await acquireEmbeddedServer({ dataDirectory, ports: 'any', configuration });
  world = await startWorldAt({
    temporalAddress: server.address,
    workflowBundlePath: inject('workflowBundlePath'),
  });
  await world.stopWorker();
});
afterAll(async () => {
  for (const worker of Object.values(workers)) await worker[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await removeDataDirectory(dataDirectory);
});

/** The same agent as each version has it, with a tool that says which version that is. */
function agentOf(buildId: string) {
  const build = tool({ description: 'which build this is', parameters: z.object({}), execute: () => buildId });
  return defineAgent({
    name: 'versioned',
    inputs: z.object({}),
    outputs: z.object({ answer: z.string() }),
    tools: { build },
  });
}

async function deploy(buildId: string): Promise<void> {
  workers[buildId] = await runWorker({
    settings: world.settings,
    agents: [agentOf(buildId)],
    workflowBundlePath: inject('workflowBundlePath'),
    deployment: { name: deployment, buildId },
    makeCurrent: true,
    shutdownGrace: 0.2,
  });
}

async function start(secondReplyAfterMs: number) {
  const model = world.script({
    agent: [
      [
        reply('seen = [build()]'),
        { content: reply('seen.append(build())\nsub = rlm_query("task")'), delayMs: secondReplyAfterMs },
        reply('SUBMIT(" ".join(seen) + " " + sub)'),
      ],
      [reply('SUBMIT(task)')],
    ],
  });
  return startRun(world.client, agentOf('any'), { inputs: {}, model, settings: world.settings });
}

async function buildOf(agentId: string): Promise<string | undefined> {
  const { raw } = await world.client.workflow.getHandle(agentId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}

describe('a run on versioned workers', () => {
  it('ends on the version that it began on, with its sub-agents, while new runs begin on the new one', async () => {
    await deploy('v1');
    const old = await start(8_000);
    await until(async () => (await buildOf(old.runId)) === 'v1');
    await until(() => world.models.requests.length === 2);
    await deploy('v2');
    const fresh = await start(0);
    expect((await fresh.result()).output).toEqual({ answer: 'v2 v2 task' });
    expect((await old.result()).output).toEqual({ answer: 'v1 v1 task' });
    expect(await buildOf(`${old.runId}/2.1`)).toBe('v1');
    expect(await buildOf(`${fresh.runId}/2.1`)).toBe('v2');
  });

  it('ends on it too when it continues as new', { timeout: 90_000 }, async () => {
    const model = world.script({
      agent: [
        reply('seen = [build()]'),
        ...Array.from({ length: 40 }, () => ({ content: reply('seen.append(build())'), delayMs: 100 })),
        reply('SUBMIT(" ".join(sorted(set(seen))))'),
      ],
    });
    const run = await startRun(world.client, agentOf('any'), { inputs: {}, model, settings: world.settings });
    await until(async () => (await buildOf(run.runId)) === 'v2');
    await deploy('v2-next');
    expect((await run.result()).output).toEqual({ answer: 'v2' });
    const executions = await executionsOf(world.client, run.runId);
    expect(executions.length).toBeGreaterThan(2);
    expect(await buildOf(run.runId)).toBe('v2');
  });

  it('waits where its version has no worker any more, until it is moved to another', { timeout: 90_000 }, async () => {
    const before = world.models.requests.length;
    const run = await start(10_000);
    await until(() => world.models.requests.length === before + 2);
    const version = async () => runVersion(world.client, await world.client.workflow.getHandle(run.runId).describe());
    expect(await version()).toEqual({ deployment: { name: deployment, buildId: 'v2-next' }, isServed: true });
    await workers['v2-next']?.[Symbol.asyncDispose]();
    await deploy('v3');
    await world.client.workflowService.updateWorkflowExecutionOptions({
      namespace: world.settings.temporal.namespace,
      workflowExecution: { workflowId: run.runId },
      workflowExecutionOptions: { versioningOverride: { autoUpgrade: true } },
      updateMask: { paths: ['versioning_override'] },
    });
    expect((await run.result()).output).toEqual({ answer: 'v2-next v3 task' });
  });

  it('begins on the version that is current, which can be asked for', async () => {
    const { namespace } = world.settings.temporal;
    expect(await currentBuild(world.client.connection, namespace, deployment)).toBe('v3');
    expect(await currentBuild(world.client.connection, namespace, 'nobody')).toBeNull();
  });

  it('is refused a version that cannot be', async () => {
    const started = runWorker({ settings: world.settings, makeCurrent: true });
    await expect(started).rejects.toThrow(UsageError);
  });
});
