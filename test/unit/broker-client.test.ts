import { describe, expect, it } from 'vitest';
import { SandboxLost, SandboxRefused } from '../../src/errors.ts';
import { BrokerClient } from '../../src/repl/broker-client.ts';
import type { BrokerRequest } from '../../src/sandbox/provider.ts';

function clientAnswering(status: number, body: unknown) {
  const requests: BrokerRequest[] = [];
  const client = new BrokerClient({
    request: async (request) => {
      requests.push(request);
      return { status, body };
    },
  });
  return { client, requests };
}

describe('a broker client', () => {
  it('sends inputs as they are, under their encoded name', async () => {
    const { client, requests } = clientAnswering(200, {});
    const bytes = Buffer.from('[1]');
    await client.putInput('naïve', bytes);
    expect(requests).toEqual([expect.objectContaining({ method: 'PUT', path: '/inputs/na%C3%AFve', body: bytes })]);
  });

  it('gives a long poll more time than it waits', async () => {
    const { client, requests } = clientAnswering(200, { events: [], cursor: 4, kernelId: null });
    expect(await client.events({ after: 4, waitMs: 20_000 })).toEqual({ events: [], cursor: 4, kernelId: null });
    expect(requests[0]?.path).toBe('/events?after=4&waitMs=20000');
    expect(requests[0]?.timeoutMs).toBeGreaterThan(20_000);
  });

  it.each([
    [200, 'delivered'],
    [409, 'stale-kernel'],
    [404, 'unknown-call'],
  ])('tells what became of an answer by the status %i', async (status, outcome) => {
    expect(await clientAnswering(status, {}).client.answer({ kernelId: 'k', callId: 'c', items: [] })).toBe(outcome);
  });

  it.each([
    ['no event', { events: [{ type: 'other', seq: 1, cellId: 'c' }], cursor: 1, kernelId: null }],
    ['a cursor that is no number', { events: [], cursor: 'x', kernelId: null }],
    ['nothing', null],
    [
      'text beyond belief',
      {
        events: [{ type: 'output', seq: 1, cellId: 'c', stream: 'stdout', text: 'x'.repeat(3_000_000) }],
        cursor: 1,
        kernelId: null,
      },
    ],
  ])('takes a sandbox that sends %s for lost', async (_, body) => {
    await expect(clientAnswering(200, body).client.events({ after: 0, waitMs: 0 })).rejects.toThrow(SandboxLost);
  });

  it('takes a sandbox that does not know its token for lost', async () => {
    await expect(clientAnswering(401, { error: 'a wrong token' }).client.health()).rejects.toThrow(SandboxLost);
  });

  it('refuses an input that the sandbox has no memory for', async () => {
    await expect(clientAnswering(507, { error: 'no memory' }).client.putInput('big', Buffer.from('1'))).rejects.toThrow(
      SandboxRefused,
    );
  });
});
