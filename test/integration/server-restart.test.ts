import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { newRunId } from '../../src/client/run-id.ts';
import { startRun } from '../../src/client/start-run.ts';
import { acquireEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { processId } from '../../src/embedded/process-identity.ts';
import { ServerFiles } from '../../src/embedded/server-files.ts';
import { defineAgent, tool } from '../../src/index.ts';
import { takeServerAway } from '../support/away-server.ts';
import { removeDataDirectory, temporaryDataDirectory } from '../support/embedded-server.ts';
import { until } from '../support/until.ts';
import { reply, startWorldAt, type World } from '../support/world-at.ts';

/** How long the server is away where that matters, in milliseconds; a minute by hand. */
const awayMs = Number(process.env.RLM_TEST_AWAY_MS ?? 6_000);
const patience = { timeout: awayMs + 100_000 };

let noted = 0;
const witness = defineAgent({
  name: 'witness',
  inputs: z.object({}),
  outputs: z.object({ answer: z.string() }),
  tools: {
    note: tool({
      description: 'notes something',
      parameters: z.object({ text: z.string() }),
      execute: async ({ text }) => {
        noted += 1;
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        return `noted ${text}`;
      },
    }),
  },
});

let dataDirectory: string;
let server: EmbeddedServer;
let world: World;
beforeAll(async () => {
  dataDirectory = await temporaryDataDirectory();
  server = await acquireEmbeddedServer({ dataDirectory, ports: 'any' });
  const place = { temporalAddress: server.address, workflowBundlePath: inject('workflowBundlePath') };
  world = await startWorldAt(place, { agents: [witness] });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await removeDataDirectory(dataDirectory);
});

function timesAsked(text: string): number {
  return world.models.requests.filter(({ lastMessage }) => lastMessage === text).length;
}

describe('a Temporal server that is killed and away for a while', () => {
  it(
    'is outlasted by a run in the middle of a batch and sub-agents, by its worker and by who follows it',
    patience,
    async () => {
      const run = await world.run('-> answer: str', {
        agent: [
          [
            reply('kept = llm_query_batched([f"prompt {i}" for i in range(40)])\nprint(len(kept))'),
            reply('SUBMIT(kept[0] + " " + " ".join(rlm_query_batched(["a", "b"])))'),
          ],
          [reply('x = llm_query(task)'), reply('SUBMIT(x + task)')],
        ],
        query: (prompt) => ({ content: prompt.toUpperCase(), delayMs: 300 }),
      });
      const result = run.result();
      const seen: string[] = [];
      let away: Promise<void> | null = null;
      for await (const event of run.events()) {
        seen.push(event.type);
        if (event.type === 'call-started') away ??= takeServerAway(dataDirectory, awayMs);
      }
      await away;
      expect((await result).output).toEqual({ answer: 'PROMPT 0 Aa Bb' });
      expect(seen.at(-1)).toBe('agent-ended');
      for (let index = 0; index < 40; index += 1) expect(timesAsked(`prompt ${index}`)).toBe(1);
    },
  );

  it('does not have a tool called again whose outcome came while it was away', patience, async () => {
    const model = world.script({ agent: [reply('x = note(text="it")\nprint(x)'), reply('SUBMIT(x)')] });
    const run = await startRun(world.client, witness, {
      ...{ inputs: {}, model, settings: world.settings, runId: newRunId('witness') },
    });
    await until(() => noted === 1);
    await takeServerAway(dataDirectory, awayMs);
    expect((await run.result()).output).toEqual({ answer: 'noted it' });
    expect(noted).toBe(1);
  });

  it('takes a run that is started while it is away', patience, async () => {
    const away = takeServerAway(dataDirectory, awayMs);
    const run = await world.run('-> answer: str', { agent: [reply('SUBMIT("here")')] });
    expect((await run.result()).output).toEqual({ answer: 'here' });
    await away;
  });

  it('is started again however often it dies', patience, async () => {
    const files = new ServerFiles(dataDirectory);
    for (let killed = 0; killed < 6; killed += 1) {
      const before = files.readState()?.server ?? '';
      process.kill(processId(before), 'SIGKILL');
      await until(() => files.readState()?.server !== before, 60_000);
    }
    expect(files.readState()?.address).toBe(server.address);
    const run = await world.run('-> answer: str', { agent: [reply('SUBMIT("still here")')] });
    expect((await run.result()).output).toEqual({ answer: 'still here' });
  });
});
