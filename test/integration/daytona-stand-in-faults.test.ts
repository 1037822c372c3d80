import {
  DaytonaAuthorizationError,
  DaytonaConnectionError,
  DaytonaConnectionTimeoutError,
  DaytonaInternalServerError,
  DaytonaRateLimitError,
} from '@daytonaio/sdk';
import { expect, test } from 'vitest';
import { type ConnectedStandIn, startConnected } from '../support/daytona/client.ts';
import { internalError, rateLimited } from '../support/daytona/faults.ts';
import { until } from '../support/until.ts';

const image = 'python:3.12-slim';
const creation = { method: 'POST', path: /^\/api\/sandbox$/ };
const answered = ({ service }: ConnectedStandIn, method: string) =>
  service.requests.filter((request) => request.method === method).map(({ status }) => status);

test('a rate limit says how long to wait, in a header named after the limit', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  service.fail({ match: creation, how: rateLimited(7) });
  const refused = await daytona.create({ image }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DaytonaRateLimitError);
  expect(refused).toMatchObject({ statusCode: 429, headers: { 'retry-after-sandbox-create': '7' } });
  expect(service.sandboxes()).toEqual([]);
  await daytona.create({ image });
});

test('an answer of the test’s own takes the place of the service’s', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  const forbidden = { statusCode: 403, error: 'Forbidden', message: 'Organization is suspended' };
  service.fail({ match: creation, how: { kind: 'answer', status: 403, body: forbidden, headers: { 'x-why': 'so' } } });
  const refused = await daytona.create({ image }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DaytonaAuthorizationError);
  expect(refused).toMatchObject({ message: 'Organization is suspended', headers: { 'x-why': 'so' } });
});

test('a failure of the service is not tried again by the SDK, and passes after as many times as it was told', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  const { id } = await daytona.create({ image });
  service.fail({ match: { method: 'GET' }, how: internalError(), times: 2 });
  await expect(daytona.get(id)).rejects.toThrow(DaytonaInternalServerError);
  await expect(daytona.get(id)).rejects.toThrow(DaytonaInternalServerError);
  expect((await daytona.get(id)).id).toBe(id);
  expect(answered(connected, 'GET')).toEqual([500, 500, 200]);
});

test('a creation whose answer is lost leaves its sandbox, and the SDK does not try it again', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  service.fail({ match: creation, how: { kind: 'lose-answer' } });
  const lost = await daytona.create({ image, name: 'lost' }).catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(DaytonaConnectionError);
  expect(lost).toMatchObject({ statusCode: undefined, message: 'socket hang up' });
  expect(service.sandboxes()).toEqual([expect.objectContaining({ name: 'lost', state: 'started' })]);
  expect(answered(connected, 'POST')).toEqual([null]);
});

test('a deletion whose answer is lost is tried again by the SDK, and finds nothing', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  const sandbox = await daytona.create({ image });
  service.fail({ match: { method: 'DELETE' }, how: { kind: 'lose-answer' } });
  await expect(sandbox.delete()).rejects.toMatchObject({ statusCode: 404 });
  expect(answered(connected, 'DELETE')).toEqual([null, 404]);
});

test('a connection that is cut before anything was done changes nothing', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  const sandbox = await daytona.create({ image });
  service.fail({ match: { method: 'DELETE' }, how: { kind: 'cut' }, times: 3 });
  await expect(sandbox.delete()).rejects.toThrow(DaytonaConnectionError);
  expect(answered(connected, 'DELETE')).toEqual([null, null, null]);
  expect(service.sandboxes()).toHaveLength(1);
});

test('a service that hangs is given up after the time-out of the SDK', async () => {
  await using connected = await startConnected({}, { requestTimeoutMs: 300 });
  const { service, daytona } = connected;
  const { id } = await daytona.create({ image });
  service.fail({ match: { method: 'GET' }, how: { kind: 'hang' } });
  await expect(daytona.get(id)).rejects.toThrow(DaytonaConnectionTimeoutError);
  expect(answered(connected, 'GET')).toEqual([null]);
});

test('a creation that takes too long is finished behind the back of who asked', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  service.fail({ match: creation, how: { kind: 'delay', ms: 1_200 } });
  await expect(daytona.create({ image }, { timeout: 1 })).rejects.toThrow('within 1 seconds');
  await until(() => service.sandboxes()[0]?.state === 'started');
});

test('faults meet the toolbox and the previews too, in the middle of a long answer', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  const sandbox = await daytona.create({ image });
  service.fail({ match: { part: 'toolbox', path: /\/process\/execute$/ }, how: { kind: 'lose-answer' } });
  await expect(sandbox.process.executeCommand('echo done > done')).rejects.toThrow(DaytonaConnectionError);
  expect((await sandbox.process.executeCommand('cat done')).result).toBe('done\n');

  const { url, token } = await sandbox.getPreviewLink(3000);
  const headers = { 'x-daytona-preview-token': token };
  await sandbox.process.createSession('server');
  const command =
    'python3 -c "import socket; s = socket.create_server((\'127.0.0.1\', 3000)); s.accept()[0].recv(9); input()"';
  await sandbox.process.executeSessionCommand('server', { command, runAsync: true });
  service.fail({ match: { part: 'preview', path: /^\/events/ }, how: { kind: 'lose-answer', afterMs: 50 } });
  await until(async () => (await sandbox.process.executeCommand('grep -c :0BB8 /proc/net/tcp')).exitCode === 0);
  await expect(fetch(`${url}/events?after=0`, { headers })).rejects.toThrow('fetch failed');
});

test('faults that met nobody are taken back', async () => {
  await using connected = await startConnected();
  const { service, daytona } = connected;
  service.fail({ how: internalError(), times: 100 });
  service.heal();
  await daytona.create({ image });
});

test('without a socket for events the SDK asks for the state instead', async () => {
  await using connected = await startConnected({ startMs: 500 }, { useDeprecatedPolling: false });
  const { daytona } = connected;
  expect((await daytona.create({ image })).state).toBe('started');
  // At once, and then every second: with `useDeprecatedPolling` it would be ten times as often.
  expect(answered(connected, 'GET').length).toBeLessThanOrEqual(2);
});
