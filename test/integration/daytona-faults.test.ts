import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SandboxLimited, SandboxLost, SandboxRefused, SandboxUnavailable } from '../../src/errors.ts';
import { BrokerClient } from '../../src/repl/broker-client.ts';
import { createDaytonaProvider } from '../../src/sandbox/daytona.ts';
import type { SandboxProvider } from '../../src/sandbox/provider.ts';
import { sweep } from '../../src/sweeper/sweep.ts';
import { internalError, rateLimited } from '../support/daytona/faults.ts';
import { type DaytonaStandIn, startDaytonaStandIn } from '../support/daytona/stand-in.ts';
import { daytonaSettings } from '../support/daytona-settings.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { GitRepository } from '../support/git-repository.ts';
import { oneOutput, SandboxRepl } from '../support/sandbox-repl.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

const creation = { method: 'POST', path: /^\/api\/sandbox$/ };
const deletion = { method: 'DELETE', path: /^\/api\/sandbox\// };

let service: DaytonaStandIn;
let provider: SandboxProvider;
let world: World;
let count = 0;

beforeAll(async () => {
  service = await startDaytonaStandIn();
  provider = open();
  const { apiKey, apiUrl } = service;
  world = await startWorld({ settings: { sandbox: 'daytona', daytona: daytonaSettings({ apiKey, apiUrl }) } });
});
afterEach(async () => {
  service.heal();
  service.quota = null;
  for (const { id } of service.sandboxes()) await service.remove(id);
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await provider?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});

function open(more: Partial<Parameters<typeof createDaytonaProvider>[0]> = {}): SandboxProvider {
  const { apiKey, apiUrl } = service;
  return createDaytonaProvider({ settings: daytonaSettings({ apiKey, apiUrl }), namespace: 'test', ...more });
}

const request = () => {
  count += 1;
  return { id: `test/${count}`, labels: { 'rlm.run': 'test', 'rlm.agent': `test/${count}` } };
};

/** A provider whose sandboxes are all two minutes older: what is younger than one may be an agent that only begins. */
function aged(): SandboxProvider {
  const own = open({ namespace: 'default' });
  onTestFinished(() => own[Symbol.asyncDispose]());
  const list = own.list.bind(own);
  own.list = async () =>
    (await list()).map((each) => ({ ...each, createdAt: new Date(each.createdAt.getTime() - 120_000) }));
  return own;
}

const health = async (id: string) =>
  new BrokerClient(await provider.connect({ provider: 'daytona', id, host: null })).health();

describe('a sandbox', () => {
  it('is made with what the settings and the agent ask for, and nothing of the worker', async () => {
    process.env.SECRET_OF_THE_WORKER = 'secret-0815';
    const settings = daytonaSettings({
      ...{
        apiKey: service.apiKey,
        apiUrl: service.apiUrl,
        target: 'eu',
        image: 'python:3.12',
        cpu: 2,
        memory: 4,
        disk: 8,
      },
      ...{ environment: { LANGUAGE: 'en' }, networkAllowList: ['10.0.0.0/8', '192.168.0.0/16'] },
    });
    const own = open({ settings });
    onTestFinished(() => own[Symbol.asyncDispose]());
    const asked = { ...request(), cellTimeout: 3_600, lifetime: 7_200 };
    const { id } = await own.create(asked);
    const made = service.sandboxes().find((sandbox) => sandbox.id === id);
    expect(made).toMatchObject({
      ...{ target: 'eu', env: { LANGUAGE: 'en' }, autoStopInterval: 75, autoDeleteInterval: 0 },
      labels: { ...asked.labels, 'rlm.namespace': 'test' },
    });
    const lifetimeMs = Date.parse(made?.autoDestroyAt ?? '') - Date.parse(made?.createdAt ?? '');
    expect(lifetimeMs).toBeCloseTo(7_200_000, -4);
    expect(JSON.stringify(made)).not.toContain('secret-0815');
    expect(JSON.stringify(made)).toContain('10.0.0.0/8,192.168.0.0/16');
  });

  it('is found again by an attempt whose first answer was lost', async () => {
    service.fail({ match: creation, how: { kind: 'lose-answer' } });
    const asked = request();
    await expect(provider.create(asked)).rejects.toThrow(SandboxUnavailable);
    const { id } = await provider.create(asked);
    expect(service.sandboxes().map((sandbox) => sandbox.id)).toEqual([id]);
    await health(id);
  });

  it('is found again by an attempt after one that failed halfway', async () => {
    service.fail({ match: { part: 'toolbox', path: /bulk-upload/ }, how: internalError() });
    const asked = request();
    await expect(provider.create(asked)).rejects.toThrow(SandboxUnavailable);
    const { id } = await provider.create(asked);
    expect(service.sandboxes()).toHaveLength(1);
    await health(id);
  });

  it('is waited for where requests are limited, as long as the service says', async () => {
    service.fail({ match: creation, how: rateLimited(1), times: 2 });
    const before = performance.now();
    await provider.create(request());
    expect(performance.now() - before).toBeGreaterThan(1_900);
    expect(service.sandboxes()).toHaveLength(1);
  });

  it('is waited for where a quota is used up, until another one ends', async () => {
    service.quota = { sandboxes: 1 };
    const first = await provider.create(request());
    const second = provider.create(request());
    await until(() => service.requests.some(({ method, status }) => method === 'POST' && status === 403));
    await provider.delete(first);
    await second;
  });

  it('is not waited for by who gave up, and is deleted when it is there', async () => {
    await using slow = await startDaytonaStandIn({ startMs: 1_000 });
    const { apiKey, apiUrl } = slow;
    const own = open({ settings: daytonaSettings({ apiKey, apiUrl }) });
    onTestFinished(() => own[Symbol.asyncDispose]());
    const stop = new AbortController();
    const making = own.create(request(), stop.signal);
    await until(() => slow.sandboxes().length === 1);
    stop.abort(new Error('gave up'));
    await expect(making).rejects.toThrow('gave up');
    expect(slow.sandboxes()[0]?.state).toBe('creating');
    await until(() => slow.sandboxes().length === 0);
  });

  it('is refused with the name of the limit when waiting does not help', async () => {
    service.quota = { sandboxes: 0 };
    const hasty = open({ patienceMs: 100 });
    onTestFinished(() => hasty[Symbol.asyncDispose]());
    const error = await hasty.create(request()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SandboxLimited);
    expect(String(error)).toMatch(/limit.*raise that limit of your organisation, or lower maxSandboxes/i);
  });

  it('is refused by the name of the image where that has no git, and none is left', async () => {
    await using without = await startDaytonaStandIn({ git: false });
    const { apiKey, apiUrl } = without;
    const own = open({ settings: daytonaSettings({ apiKey, apiUrl, image: 'alpine/python:3' }) });
    onTestFinished(() => own[Symbol.asyncDispose]());
    const repository = { address: '/nowhere', branch: null, commit: '0'.repeat(40), credentials: null };
    const mirror = () => Promise.reject(new Error('not asked for'));
    const error = await own
      .create({ ...request(), repository: { ...repository, mirror } })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SandboxRefused);
    expect(String(error)).toContain('the image alpine/python:3 has no git');
    expect(without.sandboxes()).toEqual([]);
  });

  it('is refused in one line where the key is wrong', async () => {
    const wrong = open({ settings: daytonaSettings({ apiKey: 'dtn_wrong', apiUrl: service.apiUrl }) });
    onTestFinished(() => wrong[Symbol.asyncDispose]());
    await expect(wrong.check()).rejects.toThrow(/^Daytona does not accept DAYTONA_API_KEY/);
    await expect(wrong.create(request())).rejects.toBeInstanceOf(SandboxRefused);
  });

  it('is kept from being stopped while its agent waits', async () => {
    const reference = await provider.create(request());
    const activityOf = () => service.sandboxes().find(({ id }) => id === reference.id)?.lastActivityAt ?? '';
    const before = activityOf();
    await until(async () => {
      await provider.keepAwake?.(reference);
      return activityOf() > before;
    });
    await service.remove(reference.id);
    await expect(provider.keepAwake?.(reference)).rejects.toThrow(SandboxLost);
  });

  it('that was stopped, or deleted by others, is lost', async () => {
    const [one, two] = await Promise.all([provider.create(request()), provider.create(request())]);
    const brokers = await Promise.all([one, two].map(async (each) => new BrokerClient(await provider.connect(each))));
    await service.stop(one.id);
    await service.remove(two.id);
    for (const broker of brokers) await expect(broker.health()).rejects.toThrow(SandboxLost);
    await expect(provider.connect(one)).rejects.toThrow(SandboxLost);
    await provider.delete(two);
  });

  it('whose broker has ended is lost', async () => {
    const reference = await provider.create(request());
    const broker = new BrokerClient(await provider.connect(reference));
    const kernel = { inputs: [], outputs: oneOutput, tools: [], subAgents: true, queries: true, seed: 1 };
    const repl = await new SandboxRepl(broker, reference, kernel).startKernel();
    const ended = repl.run('import os, signal\nos.kill(os.getppid(), signal.SIGKILL)').catch((error: unknown) => error);
    expect(await ended).toBeInstanceOf(Error);
    // Daytona hears of the end a moment later; until then the broker may only be away.
    const reason = () => broker.health().catch((error: unknown) => error);
    await until(async () => (await reason()) instanceof SandboxLost);
    expect(String(await reason())).toContain('its broker ended');
  });

  it('is asked by processes in it where preview links lead nowhere, and that is said once', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    await service.blockPreview(true);
    onTestFinished(async () => {
      process.off('warning', listen);
      await service.blockPreview(false);
    });
    const cutOff = open();
    onTestFinished(() => cutOff[Symbol.asyncDispose]());
    const reference = await cutOff.create(request());
    const broker = new BrokerClient(await cutOff.connect(reference));
    const text = 'x'.repeat(5_000_000);
    await broker.putInput('text', Buffer.from(JSON.stringify(text)));
    const kernel = { inputs: ['text'], outputs: oneOutput, tools: [], subAgents: true, queries: true, seed: 1 };
    const repl = await new SandboxRepl(broker, reference, kernel).startKernel();
    expect(await repl.print('print(len(text), llm_query("hello"))')).toBe('5000000 HELLO\n');
    await until(() => warnings.some(({ name }) => name === 'DaytonaPreviewUnreachable'));
    expect(warnings.filter(({ name }) => name === 'DaytonaPreviewUnreachable')).toHaveLength(1);
  });
});

describe('an agent in a Daytona sandbox', () => {
  const script = {
    agent: [reply('x = llm_query("one")\nprint(x)'), reply('SUBMIT(x + llm_query("two"))')],
    query: (prompt: string) => prompt,
  };

  async function completes(): Promise<void> {
    const run = await world.run('-> answer: str', script);
    const document = await run.document();
    expect(document).toMatchObject({ status: 'completed', output: { answer: 'onetwo' } });
    expect(service.sandboxes()).toEqual([]);
  }

  it('works, and leaves no sandbox', completes);

  it('works on a repository, with sub-agents whose patches it takes', async () => {
    using repository = new GitRepository({ 'a.txt': 'a\n' });
    const run = await world.run(
      '-> answer: str',
      {
        agent: [
          [
            reply(
              'answer, patch = rlm_query("b", patch=True)\nprint(apply_patch(patch), edit_file("a.txt", "a", "A"))',
            ),
            reply('FINAL(answer)'),
          ],
          [reply('print(edit_file(task + ".txt", "", task))'), reply('FINAL(task)')],
        ],
      },
      { workspace: { repository: repository.directory } },
    );
    const { status, patch, root } = await run.document();
    expect({ status, remarks: root.remarks }).toEqual({ status: 'completed', remarks: undefined });
    const directory = repository.patched(patch ?? '');
    expect(['a.txt', 'b.txt'].map((name) => readFileSync(join(directory, name), 'utf8'))).toEqual(['A\n', 'b']);
    expect(service.sandboxes()).toEqual([]);
  });

  it('has the repository fetched by Daytona, where that reaches it', async () => {
    using repository = new GitRepository();
    await using server = await startGitHttpServer(repository.root);
    const asked = service.requests.length;
    const run = await world.run(
      '-> answer: str',
      { agent: [reply('FINAL(open("README.md").read())')] },
      { workspace: { repository: `${server.url}/project/.git` } },
    );
    expect(await run.document()).toMatchObject({ output: { answer: 'hello\n' } });
    const clones = service.requests.slice(asked).filter(({ path }) => path.includes('/git/clone'));
    expect(clones).toEqual([expect.objectContaining({ status: 200 })]);
    expect(service.requests.slice(asked).filter(({ path }) => path.includes('bulk-upload'))).toHaveLength(1);
  });

  it('has sub-agents, each in a sandbox of its own', async () => {
    const run = await world.run('-> answer: str', {
      agent: [[reply('SUBMIT("".join(rlm_query_batched(["a", "b", "c"])))')], [reply('SUBMIT(task)')]],
    });
    expect(await run.document()).toMatchObject({ output: { answer: 'abc' }, usage: { sandboxes: 4 } });
    expect(service.sandboxes()).toEqual([]);
  });

  it.each([
    ['the answer to its creation is lost', { match: creation, how: { kind: 'lose-answer' } as const }],
    ['the service fails for a while', { match: { part: 'api' as const }, how: internalError(), times: 3 }],
    [
      'a long poll is cut',
      { match: { part: 'preview' as const, path: /\/events/ }, how: { kind: 'cut' } as const, times: 2 },
    ],
    [
      'an answer to a query is cut on its way',
      { match: { part: 'preview' as const, path: /\/answers/ }, how: { kind: 'lose-answer' } as const },
    ],
    ['its deletion fails at first', { match: deletion, how: internalError(), times: 2 }],
  ])('goes on when %s', async (_, fault) => {
    service.fail(fault);
    await completes();
  });

  it('goes on when the token of its preview link expires', async () => {
    const run = await world.run('-> answer: str', {
      agent: [reply('print(1)'), reply('print(2)'), reply('SUBMIT("x")')],
    });
    for await (const event of run.events()) if (event.type === 'cell-ended') service.expirePreviewTokens();
    expect(await run.document()).toMatchObject({ status: 'completed' });
  });

  it.each([
    ['deleted', (id: string) => service.remove(id)],
    ['stopped', (id: string) => service.stop(id)],
  ])('has another sandbox, with the same variables, when its own is %s under it', async (_, lose) => {
    const run = await world.run('-> answer: str', {
      agent: async ({ iteration }) => {
        if (iteration === 2) for (const { id } of service.sandboxes()) await lose(id);
        return reply(iteration === 1 ? 'x = llm_query("kept")' : 'SUBMIT(x)');
      },
      query: (prompt) => prompt,
    });
    expect(await run.document()).toMatchObject({ status: 'completed', output: { answer: 'kept' }, recoveries: 1 });
    expect(service.sandboxes()).toEqual([]);
  });

  it('fails with a type that says so when its sandbox is lost, where none may be built again', async () => {
    const run = await world.run(
      '-> answer: str',
      { agent: [reply('import time\ntime.sleep(60)')] },
      { limits: { maxRecoveries: 0 } },
    );
    for await (const event of run.events()) if (event.type === 'model-replied') break;
    for (const { id } of service.sandboxes()) await service.remove(id);
    expect(await run.document()).toMatchObject({ status: 'failed', error: { type: 'SandboxLost' } });
    expect(service.sandboxes()).toEqual([]);
  });

  it('ends at its own time limit when it waits too long for room for its sandbox', async () => {
    service.fail({
      match: creation,
      how: {
        kind: 'answer',
        status: 403,
        body: { statusCode: 403, message: 'Total CPU limit exceeded. Maximum allowed: 10.' },
      },
      times: 1_000,
    });
    const run = await world.run('-> answer: str', script, { limits: { timeout: 3 } });
    expect(await run.document()).toMatchObject({ status: 'failed' });
    expect(service.sandboxes()).toEqual([]);
  });
});

describe('the sweeper', () => {
  it('deletes what an agent could not, however often it tried', async () => {
    service.fail({ match: deletion, how: internalError(), times: 3 });
    const run = await world.run('-> answer: str', { agent: [reply('SUBMIT("x")')] });
    expect(await run.document()).toMatchObject({ status: 'completed', output: { answer: 'x' } });
    const [left] = service.sandboxes();
    service.heal();
    const { deleted } = await sweep(aged(), world);
    expect(deleted).toEqual([{ id: left?.id, run: run.runId, agent: run.runId, reason: 'its agent is completed' }]);
    expect(service.sandboxes()).toEqual([]);
  });

  it('deletes the sandbox of an agent that was terminated, and none that is of another server', async () => {
    const run = await world.run('-> answer: str', { agent: [reply('import time\ntime.sleep(60)')] });
    for await (const event of run.events()) if (event.type === 'model-replied') break;
    await world.client.workflow.getHandle(run.runId).terminate('as by a crash');
    const [orphan] = service.sandboxes();
    const other = await open({ namespace: 'default' }).create({
      id: 'elsewhere',
      labels: { 'rlm.agent': 'elsewhere', 'rlm.namespace-id': 'of another server' },
    });
    const unlabelled = await open({ namespace: 'default' }).create({
      id: 'nowhere',
      labels: { 'rlm.agent': 'nowhere' },
    });
    const { deleted, failed } = await sweep(aged(), world);
    expect(failed).toEqual([]);
    expect(deleted).toEqual([{ id: orphan?.id, run: run.runId, agent: run.runId, reason: 'its agent is terminated' }]);
    expect(
      service
        .sandboxes()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([other.id, unlabelled.id].sort());
  });
});
