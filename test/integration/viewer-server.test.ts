import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { AgentState } from '../../src/agent/agent-state.ts';
import { stateQuery } from '../../src/agent/names.ts';
import { startRun } from '../../src/client/start-run.ts';
import { UsageError } from '../../src/errors.ts';
import type { AgentDetail, CallDetail, IterationDetail } from '../../src/viewer/details.ts';
import type { ListedRun } from '../../src/viewer/list-runs.ts';
import { fromMessage, type OutlineMessage } from '../../src/viewer/outline.ts';
import { type RunningViewer, startViewer } from '../../src/viewer/viewer-server.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

let world: World;
let viewer: RunningViewer;
let pageDirectory: string;
beforeAll(async () => {
  world = await startWorld();
  pageDirectory = await mkdtemp(join(tmpdir(), 'rlm-page-'));
  await buildPage(pageDirectory);
  viewer = await startViewer(source(), { port: 0, pageDirectory });
});
afterAll(async () => {
  await viewer?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  if (pageDirectory) await rm(pageDirectory, { recursive: true });
});

function source() {
  const { client, store, settings } = world;
  return { client, store, settings, uiUrl: null };
}

async function get<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
  const response = await fetch(new URL(`${path}?${new URLSearchParams(parameters)}`, viewer.url));
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** The first message of that name in a stream that is the one that is waited for. */
async function streamed<T>(path: string, name: string, isIt: (message: T) => boolean = () => true): Promise<T> {
  const response = await fetch(new URL(path, viewer.url));
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString('utf8');
    const blocks = text.split('\n\n').slice(0, -1);
    const messages = blocks
      .filter((block) => block.startsWith(`event: ${name}\n`))
      .map((block) => JSON.parse(block.slice(block.indexOf('data: ') + 6)) as T);
    const found = messages.find(isIt);
    if (found !== undefined) return found;
  }
  throw new Error(`the stream ended without ${name}`);
}

const cells = {
  ask: 'one = llm_query("who?")\nboth = llm_query_batched(["a" * 3000, "b"])\nprint(one, both)',
  delegate: 'print(rlm_query("look closer"))',
};

/** The root asks, delegates and submits; its sub-agent answers at once. */
function start() {
  return world.run(
    'question: str -> answer: str',
    {
      agent: ({ depth, iteration }) => {
        if (depth > 0) return reply('FINAL("seen closely")');
        return (
          [`I ask first.\n\n${reply(cells.ask)}`, reply(cells.delegate), reply('FINAL("done " * 500)')][
            iteration - 1
          ] ?? ''
        );
      },
      query: (prompt) => `answer to ${prompt.slice(0, 5)}`,
    },
    { inputs: { question: 'What is it? '.repeat(300) } },
  );
}

it('tells a run and all that was said in it, from the agents’ results, after its end', async () => {
  const { runId, root } = await (await start()).document();
  const { outline } = await streamed<{ outline: OutlineMessage; state: string }>(
    `/api/run?run=${runId}`,
    'snapshot',
    ({ state }) => state === 'ended',
  );
  const { agents, signature } = fromMessage(outline);
  expect(signature).toBe('question: str -> answer: str');
  expect([...agents.keys()]).toEqual([runId, `${runId}/2.1`]);
  const [first, second] = agents.get(runId)?.iterations ?? [];
  expect(first?.calls.map((call) => [call.function, call.count, call.status])).toEqual([
    ['llm_query', 1, 'ok'],
    ['llm_query_batched', 2, 'ok'],
  ]);
  expect(second?.calls[0]?.agents).toEqual([`${runId}/2.1`]);

  const agent = await get<AgentDetail>('/api/agent', { agent: runId });
  expect(agent.output).toEqual({ answer: 'done '.repeat(500) });
  expect(agent.inputs).toMatchObject([{ name: 'question', pythonType: 'str', length: 3_600 }]);
  expect(await get('/api/input', { agent: runId, name: 'question' })).toBe('What is it? '.repeat(300));

  const iteration = await get<IterationDetail>('/api/iteration', { agent: runId, iteration: '1' });
  expect(iteration).toMatchObject({ reasoning: 'I ask first.', code: cells.ask, error: null, running: false });
  expect(iteration.told?.map(({ role }) => role)).toEqual(['system', 'user']);

  const batch = first?.calls[1]?.key ?? '';
  const call = await get<CallDetail>('/api/call', { agent: runId, iteration: '1', call: batch });
  expect(call.items.map(({ prompt, answer }) => [prompt, answer])).toEqual([
    ['a'.repeat(3_000), 'answer to aaaaa'],
    ['b', 'answer to b'],
  ]);
  // The results hold them too, for those who read a run without a server.
  expect(root.iterations[0]?.calls[0]?.items).toMatchObject([{ prompt: 'who?', answer: 'answer to who?' }]);
});

it('lists runs, the newest first, with what they used', async () => {
  const first = await (await start()).document();
  const second = await (await start()).document();
  const listed = await streamed<ListedRun[]>('/api/runs', 'runs');
  const shown = listed.filter(({ runId }) => [first.runId, second.runId].includes(runId));
  expect(shown.map(({ runId }) => runId)).toEqual([second.runId, first.runId]);
  expect(shown[0]).toMatchObject({ status: 'completed', finish: 'submit', agents: 2, scripted: false });
});

/** A run at a price, whose second sub-agent waits until it is let go on. */
async function startHeld() {
  const held = Promise.withResolvers<void>();
  const model = world.script({
    agent: async ({ depth, firstMessage }) => {
      if (depth === 0) return reply('FINAL(" ".join(rlm_query_batched(["the first part", "the second part"])))');
      if (firstMessage.includes('the second part')) await held.promise;
      return reply('FINAL("seen")');
    },
  });
  world.settings.models.prices[model] = { input: 3, output: 15 };
  const run = await startRun(world.client, '-> answer: str', { inputs: {}, model, settings: world.settings });
  return { run, letGoOn: held.resolve };
}

/** The list's line of a run that is the one that is waited for. */
async function lineOf(runId: string, isIt: (line: ListedRun) => boolean = () => true): Promise<ListedRun> {
  const isThat = (line: ListedRun) => line.runId === runId && isIt(line);
  const lines = await streamed<ListedRun[]>('/api/runs', 'runs', (found) => found.some(isThat));
  return lines.find(isThat) as ListedRun;
}

/** What the root knows when one of its sub-agents has ended. */
async function stateAfterFirst(runId: string): Promise<AgentState> {
  let state: AgentState | null = null;
  await until(async () => {
    state = AgentState.nullable().parse(await world.client.workflow.getHandle(runId).query(stateQuery));
    return state?.usage.agents === 2;
  });
  return state as unknown as AgentState;
}

it('lists what runs have used so far while they go on, also while their worker is away', async () => {
  const { run, letGoOn } = await startHeld();
  const { agents, usage } = await stateAfterFirst(run.runId);
  expect(agents).toBe(3);
  expect(usage.costUsd).toBeGreaterThan(0);
  const costUsd = expect.closeTo(usage.costUsd ?? 0, 9);
  const line = { status: 'running', endedAt: null, finish: null, agents: 3, costUsd };
  const isNear = (cost: number | null) => Math.abs((cost ?? 0) - (usage.costUsd ?? 0)) < 1e-9;
  expect(await lineOf(run.runId, (listed) => isNear(listed.costUsd))).toMatchObject(line);
  // Somebody who looks at it makes its figures no smaller.
  await streamed(`/api/run?run=${run.runId}`, 'snapshot');
  expect(await lineOf(run.runId)).toMatchObject(line);
  await world.stopWorker();
  expect(await lineOf(run.runId)).toMatchObject(line);
  letGoOn();
  await world.startWorker();
  const document = await run.document();
  const spent = document.usage.costUsd;
  expect(await lineOf(run.runId, ({ status }) => status === 'completed')).toMatchObject({ agents: 3, costUsd: spent });
  expect(spent).toBeGreaterThan(usage.costUsd ?? 0);
});

it('lists what a cancelled run had used', async () => {
  const { run, letGoOn } = await startHeld();
  await stateAfterFirst(run.runId);
  await run.cancel();
  const { usage } = await run.document();
  letGoOn();
  const line = await lineOf(run.runId, ({ status }) => status === 'cancelled');
  expect(line).toMatchObject({ agents: 3, costUsd: usage.costUsd });
});

it('says in one line what there is not, and what was asked wrongly', async () => {
  expect(await streamed('/api/run?run=nobody', 'state')).toMatchObject({
    state: expect.stringMatching(/loading|forgotten/),
  });
  expect(await get('/api/agent', { agent: 'nobody' })).toBeNull();
  await expect(get('/api/agent')).rejects.toThrow('400 {"error":"\\"agent\\" is missing"}');
  await expect(get('/api/elsewhere')).rejects.toThrow('404');
  const origin = new URL(viewer.url).origin;
  const tell = async (body: string) => {
    const headers = { origin, 'content-type': 'application/json' };
    const response = await fetch(new URL('/api/verbs', viewer.url), { method: 'POST', headers, body });
    return [response.status, await response.json()];
  };
  expect(await tell('{')).toEqual([400, { error: 'the request is not JSON' }]);
  expect(await tell('{"verb": "toString", "agentId": "x"}')).toEqual([400, { error: 'there is no verb "toString"' }]);
  expect(await tell('{"verb": "cancel", "agentId": "nobody"}')).toEqual([
    400,
    { error: expect.stringContaining('there is no agent nobody in progress') },
  ]);
});

it('answers with a policy that lets the page run its own script and ask its own server, and no other site', async () => {
  const { headers } = await fetch(viewer.url);
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  // A name that was bound to this address by somebody else; fetch does not let one say it.
  const { port } = new URL(viewer.url);
  const status = await new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path: '/api/information', headers: { host: 'evil.example' } };
    httpRequest(options, (response) => resolve(response.resume().statusCode))
      .once('error', reject)
      .end();
  });
  expect(status).toBe(403);
});

it('is reached from elsewhere with a token only', async () => {
  await expect(startViewer(source(), { port: 0, host: '0.0.0.0', pageDirectory })).rejects.toThrow(UsageError);
  const token = 'a-token-of-some-length';
  await using open = await startViewer(source(), { port: 0, host: '0.0.0.0', token, pageDirectory });
  const address = open.url.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(new URL('/api/information', address))).status).toBe(401);
  const entered = await fetch(address, { redirect: 'manual' });
  expect(entered.status).toBe(303);
  const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';');
  expect((await fetch(new URL('/api/information', address), { headers: { cookie } })).status).toBe(200);
});

it('names the port that is taken', async () => {
  const { port } = new URL(viewer.url);
  const taken = startViewer(source(), { port: Number(port), pageDirectory });
  await expect(taken).rejects.toThrow(`port ${port} is taken; choose another with --port`);
});
