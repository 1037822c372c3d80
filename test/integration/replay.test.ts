import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { HistoryReader } from '../../src/client/history-events.ts';
import type { RunEvent } from '../../src/client/run-events.ts';
import { replayHistory } from '../support/replay.ts';

const directory = join(import.meta.dirname, '../histories');
const files = readdirSync(directory).filter((name) => name.endsWith('.json'));

const { History } = proto.temporal.api.history.v1;

function histories(file: string): [string, ReturnType<typeof History.fromObject>][] {
  const recorded: Record<string, object> = JSON.parse(readFileSync(join(directory, file), 'utf8'));
  // One that continued as new has a history for each of its executions.
  return Object.entries(recorded).map(([name, history]) => [
    name.replace(/ execution \d+$/, ''),
    History.fromObject(history),
  ]);
}

describe('the workflow code decides as it did when these histories were recorded:', () => {
  it.each(files)('%s', async (file) => {
    for (const [workflowId, history] of histories(file)) await replayHistory(history, workflowId);
  });

  it('there is one of each shape', () => {
    expect(files.length).toBeGreaterThanOrEqual(18);
  });
});

describe('a history told as events', () => {
  const read = async (file: string) => {
    const events: RunEvent[] = [];
    for (const [workflowId, history] of histories(file)) {
      const reader = new HistoryReader(workflowId);
      for (const event of history.events) events.push(...(await reader.read(event)));
    }
    return events;
  };
  const fileOf = (shape: string) => files.findLast((name) => name.endsWith(`-${shape}.json`)) ?? '';

  it('begins with the agent and ends with it', async () => {
    const events = await read(fileOf('submit'));
    expect(events.map(({ type }) => type)).toEqual([
      'agent-started',
      'agent-prepared',
      'sandbox-opened',
      'iteration-started',
      'model-replied',
      'cell-ended',
      'iteration-started',
      'model-replied',
      'cell-ended',
      'agent-ended',
    ]);
  });

  it('tells of calls, with how many there were', async () => {
    const calls = (await read(fileOf('queries'))).filter((event) => event.type === 'call-ended');
    expect(calls.reduce((sum, call) => sum + call.count, 0)).toBe(125);
  });

  it('tells which sub-agents were started, and by which iteration', async () => {
    const started = (await read(fileOf('sub-agents'))).filter((event) => event.type === 'sub-agent-started');
    expect(started.map(({ iteration, subAgentId }) => [iteration, subAgentId.replace(/^[^/]*/, 'RUN')]).sort()).toEqual(
      [
        [1, 'RUN/1.1'],
        [1, 'RUN/1.1/1.1'],
        [1, 'RUN/1.2'],
        [1, 'RUN/1.2/1.1'],
      ],
    );
  });

  it('ends a cancelled agent as cancelled', async () => {
    const ended = (await read(fileOf('cancelled'))).filter((event) => event.type === 'agent-ended');
    expect(ended.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  });
});
