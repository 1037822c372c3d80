import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/client/run-events.ts';
import { until } from '../support/until.ts';
import { reply, startWorld, type World } from '../support/world.ts';

const patience = { timeout: 120_000 };

/** A disk of 2 MB that this test may fill; null where none may be mounted. */
function mountSmallDisk(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'rlm-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory], { stdio: 'ignore' });
    return directory;
  } catch {
    rmSync(directory, { recursive: true }); // Not everybody may mount.
    return null;
  }
}

function unmount(disk: string): void {
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
}

/** Leaves no room on a disk; returns what takes that back. */
function fill(disk: string): () => void {
  const filler = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  try {
    writeFileSync(filler, Buffer.alloc(bavail * bsize + 4096));
  } catch {
    // As much as there was room for is written.
  }
  return () => rmSync(filler);
}

async function waitingActivity(world: World, runId: string): Promise<string> {
  const { raw } = await world.client.workflow.getHandle(runId).describe();
  const [pending] = raw.pendingActivities ?? [];
  const [payload] = pending?.heartbeatDetails?.payloads ?? [];
  return payload ? Buffer.from(payload.data ?? []).toString() : '';
}

describe('an artifact directory that is gone for a while', () => {
  let world: World;
  const place = mkdtempSync(join(tmpdir(), 'rlm-away-'));
  const directory = join(place, 'artifacts');
  beforeAll(async () => {
    world = await startWorld({ settings: { artifacts: `file:${directory}` } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    rmSync(place, { recursive: true });
  });

  function takeAway(): () => void {
    renameSync(directory, `${directory}-aside`);
    writeFileSync(directory, '');
    return () => {
      rmSync(directory);
      renameSync(`${directory}-aside`, directory);
    };
  }

  it('has a reply of the model wait until it can be kept: it is not asked for again', patience, async () => {
    const run = await world.run('-> answer: str', {
      agent: [reply('kept = 42'), { content: reply('SUBMIT(str(kept))'), delayMs: 1_500 }],
    });
    await until(() => world.models.requests.length === 2);
    const bringBack = takeAway();
    await until(async () => /waits to be kept: the artifact store/.test(await waitingActivity(world, run.runId)));
    bringBack();
    expect((await run.result()).output).toEqual({ answer: '42' });
    expect(world.models.requests).toHaveLength(2);
  });

  it('has the answers of a batch wait: none of its prompts is asked twice', patience, async () => {
    const run = await world.run('-> answer: int', {
      agent: [reply('SUBMIT(sum(int(x) for x in llm_query_batched([f"{i}" for i in range(150)])))')],
      query: (prompt) => ({ content: prompt, delayMs: 1_000 }),
    });
    const asked = () => world.models.requests.filter(({ lastMessage }) => /^\d+$/.test(lastMessage));
    await until(() => asked().length > 0);
    const bringBack = takeAway();
    await until(async () => /waits to be kept/.test(await waitingActivity(world, run.runId)));
    bringBack();
    expect((await run.result()).output).toEqual({ answer: (149 * 150) / 2 });
    expect(asked()).toHaveLength(150);
  });

  it('is told to who starts a run meanwhile, in one line', async () => {
    const bringBack = takeAway();
    const inputs = { text: 'x'.repeat(5_000) };
    const starting = world.run('text: str -> answer: str', { agent: [] }, { inputs });
    await expect(starting).rejects.toThrow(
      `the artifact store ${directory} cannot be written: a part of its path is a file; mend that, what was under way goes on then`,
    );
    bringBack();
  });
});

/** Whether this test may mount a disk; nothing of that is left. */
function mayMount(): boolean {
  const mounted = mountSmallDisk();
  if (mounted !== null) unmount(mounted);
  return mounted !== null;
}

describe.skipIf(!mayMount())('a disk that is full for a while', () => {
  let world: World;
  let mounted: string;
  beforeAll(async () => {
    mounted = mountSmallDisk() ?? '';
    mkdirSync(join(mounted, 'artifacts'));
    world = await startWorld({ settings: { artifacts: `file:${join(mounted, 'artifacts')}` } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    unmount(mounted);
  });

  it('has the run wait, and say so; with room again it ends as it would have', patience, async () => {
    const run = await world.run('-> answer: str', {
      agent: [
        reply('import time\ntime.sleep(1.5)\nprint("x" * 3_000)\nkept = "the same"'),
        reply('SUBMIT(kept + " " + llm_query("?"))'),
      ],
      query: () => 'answer',
    });
    const waits: RunEvent[] = [];
    let makeRoom: (() => void) | null = null;
    for await (const event of run.events()) {
      if (event.type === 'model-replied' && event.iteration === 1) makeRoom = fill(mounted);
      if (event.type === 'waiting') {
        waits.push(event);
        makeRoom?.();
      }
    }
    expect(waits).toMatchObject([
      {
        type: 'waiting',
        message: `the artifact store ${join(mounted, 'artifacts')} cannot be written: the disk is full; mend that, what was under way goes on then`,
      },
    ]);
    expect((await run.result()).output).toEqual({ answer: 'the same answer' });
    expect(world.models.requests).toHaveLength(3);
    const { events } = await world.client.workflow.getHandle(run.runId).fetchHistory();
    const timers = (events ?? []).filter(
      ({ timerStartedEventAttributes: timer, userMetadata }) => timer && userMetadata?.summary,
    );
    expect(
      timers.some(({ userMetadata }) =>
        Buffer.from(userMetadata?.summary?.data ?? [])
          .toString()
          .includes('waiting: the artifact store'),
      ),
    ).toBe(true);
  });
});
