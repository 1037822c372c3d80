import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SandboxLost } from '../../src/errors.ts';
import { UnixTransport } from '../../src/sandbox/local/unix-transport.ts';

let directory = '';
const servers: Server[] = [];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlm-test-'));
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true });
});

async function transportTo(listener: RequestListener): Promise<UnixTransport> {
  const server = createServer(listener);
  servers.push(server);
  const path = join(directory, `${servers.length}.sock`);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return new UnixTransport(path, 'token');
}

it('sends the token and the body, and reads status and JSON', async () => {
  const transport = await transportTo((request, response) => {
    request.setEncoding('utf8').on('data', (data) => {
      response.writeHead(409).end(JSON.stringify([request.headers.authorization, request.url, data]));
    });
  });
  expect(await transport.request({ method: 'POST', path: '/a?b=1', body: { c: 'é' } })).toEqual({
    status: 409,
    body: ['Bearer token', '/a?b=1', '{"c":"é"}'],
  });
  transport.close();
});

it('repeats a request whose kept connection was closed', async () => {
  let requests = 0;
  const transport = await transportTo((request, response) => {
    requests += 1;
    if (requests === 2) request.socket.destroy();
    else response.end('{}');
  });
  await transport.request({ method: 'GET', path: '/' });
  expect(await transport.request({ method: 'GET', path: '/' })).toEqual({ status: 200, body: {} });
  expect(requests).toBe(3);
  transport.close();
});

it('takes a sandbox that closes every connection for lost', async () => {
  const transport = await transportTo((request) => request.socket.destroy());
  await expect(transport.request({ method: 'GET', path: '/' })).rejects.toThrow(SandboxLost);
});

it('takes a sandbox that nobody listens in for lost', async () => {
  await expect(
    new UnixTransport(join(directory, 'none.sock'), 't').request({ method: 'GET', path: '/' }),
  ).rejects.toThrow(SandboxLost);
});

it('takes a sandbox that does not speak JSON for lost', async () => {
  const transport = await transportTo((_, response) => response.end('<html>'));
  await expect(transport.request({ method: 'GET', path: '/' })).rejects.toThrow(SandboxLost);
  transport.close();
});

it('gives up on a sandbox that does not answer in time, which may yet be alive', async () => {
  const transport = await transportTo(() => {});
  await expect(transport.request({ method: 'GET', path: '/slow', timeoutMs: 30 })).rejects.toMatchObject({
    name: 'SandboxUnavailable',
    message: 'the sandbox did not answer GET /slow within 30 ms',
  });
});

it('stops when it is asked to', async () => {
  const transport = await transportTo(() => {});
  const controller = new AbortController();
  const request = transport.request({ method: 'GET', path: '/', signal: controller.signal });
  controller.abort();
  await expect(request).rejects.toThrow(/abort/i);
});
