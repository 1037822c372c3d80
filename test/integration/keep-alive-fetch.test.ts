import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeepAliveFetch } from '../../src/model/keep-alive-fetch.ts';

interface Seen {
  target: string | undefined;
  method: string | undefined;
  authorization: string | undefined;
  remotePort: number | undefined;
  body: string;
}

const seen: Seen[] = [];
const server = createServer(async (request: IncomingMessage, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { method, url: target, headers, socket } = request;
  seen.push({ target, method, authorization: headers.authorization, remotePort: socket.remotePort, body });
  response.writeHead(target?.endsWith('/empty') ? 204 : 201, [
    ['x-kind', 'one'],
    ['x-kind', 'two'],
  ]);
  response.end(target?.endsWith('/empty') ? undefined : 'größer');
});
let url: string;

beforeEach(async () => {
  seen.length = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('createKeepAliveFetch', () => {
  it('sends method, headers and body, and reads status, headers and body', async () => {
    const { fetch, close } = createKeepAliveFetch({});
    const headers = new Headers({ authorization: 'Bearer k' });
    const response = await fetch(`${url}/path`, { method: 'POST', headers, body: 'schön' });
    expect([response.status, response.headers.get('x-kind'), await response.text()]).toEqual([
      201,
      'one, two',
      'größer',
    ]);
    expect(seen).toMatchObject([{ target: '/path', method: 'POST', authorization: 'Bearer k', body: 'schön' }]);
    close();
  });

  it('uses a connection again', async () => {
    const { fetch, close } = createKeepAliveFetch({});
    for (let request = 0; request < 3; request += 1) await fetch(url);
    expect(new Set(seen.map(({ remotePort }) => remotePort)).size).toBe(1);
    close();
  });

  it('reads replies without a body', async () => {
    const { fetch, close } = createKeepAliveFetch({});
    const response = await fetch(`${url}/empty`);
    expect([response.status, await response.text()]).toEqual([204, '']);
    close();
  });

  it('throws the reason of an abort', async () => {
    const { fetch, close } = createKeepAliveFetch({});
    await expect(fetch(url, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    close();
  });

  it('goes through the proxy of the environment, except to this machine', async () => {
    const { fetch, close } = createKeepAliveFetch({ HTTP_PROXY: url });
    await fetch('http://model.invalid/v1');
    await fetch(`${url}/direct`);
    expect(seen.map(({ target }) => target)).toEqual(['http://model.invalid/v1', '/direct']);
    close();
  });
});
