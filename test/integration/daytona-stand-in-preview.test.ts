import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Sandbox } from '@daytonaio/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ConnectedStandIn, startConnected } from '../support/daytona/client.ts';
import { until } from '../support/until.ts';

const program = `
import http.server, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(60)
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.part(b"first")
        if self.path == "/parts":
            while not __import__("os").path.exists("/tmp/go-on"):
                time.sleep(0.01)
            self.part(b"second")
        self.part(b"")

    def part(self, text):
        self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(text), text))
        self.wfile.flush()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = sorted(name.lower() for name in self.headers)
        answer = ("%s|%d|%s|%s" % (self.path, len(body), self.headers["Authorization"], " ".join(names))).encode()
        self.send_response(418)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-Own", "kept")
        self.end_headers()
        self.wfile.write(answer)

http.server.ThreadingHTTPServer(("127.0.0.1", 3000), Handler).serve_forever()
`;

let connected: ConnectedStandIn;
let sandbox: Sandbox;
let url: string;
let headers: Record<string, string>;

beforeEach(async () => {
  connected = await startConnected();
  sandbox = await connected.daytona.create({ image: 'python:3.12-slim' });
  await sandbox.fs.uploadFile(Buffer.from(program), '/home/daytona/server.py');
  await sandbox.process.createSession('server');
  await sandbox.process.executeSessionCommand('server', { command: 'python3 server.py', runAsync: true });
  const link = await sandbox.getPreviewLink(3000);
  url = link.url;
  headers = { 'x-daytona-preview-token': link.token };
  await until(async () => (await fetch(url, { headers })).status === 200);
});

afterEach(() => connected[Symbol.asyncDispose]());

const ask = (path = '/', given = headers) => fetch(`${url}${path}`, { headers: given, redirect: 'manual' });

test('a request and its answer pass as they are, without the token', async () => {
  const answer = await fetch(`${url}/path?a=%20b&c`, {
    method: 'POST',
    headers: { ...headers, authorization: 'Bearer of-the-broker' },
    body: Buffer.alloc(3_000_000),
  });
  expect([answer.status, answer.headers.get('x-own')]).toEqual([418, 'kept']);
  const [path, size, authorization, names] = (await answer.text()).split('|');
  expect([path, size, authorization]).toEqual(['/path?a=%20b&c', '3000000', 'Bearer of-the-broker']);
  expect(names).not.toContain('x-daytona-preview-token');
});

test('an answer in parts arrives in parts', async () => {
  const request = get(`${url}/parts`, { headers });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const parts: string[] = [];
  for await (const part of answer.setEncoding('utf8')) {
    parts.push(part as string);
    if (parts.length === 1) await sandbox.process.executeCommand('touch /tmp/go-on');
  }
  expect(parts).toEqual(['first', 'second']);
});

test('nobody without a valid token gets through: a login page instead', async () => {
  for (const given of [{}, { 'x-daytona-preview-token': 'wrong' }]) {
    const answer = await ask('/', given as Record<string, string>);
    expect([answer.status, answer.headers.get('location')]).toEqual([307, expect.stringContaining('/login')]);
  }
  connected.service.expirePreviewTokens();
  expect((await ask()).status).toBe(307);
  const { token } = await sandbox.getPreviewLink(3000);
  expect((await ask('/', { 'x-daytona-preview-token': token })).status).toBe(200);
  expect((await ask('/', { authorization: `Bearer ${connected.service.apiKey}` })).status).toBe(200);
});

test('a signed link needs no token, as long as it lasts', async () => {
  const signed = await sandbox.getSignedPreviewUrl(3000, 60);
  expect((await fetch(signed.url)).status).toBe(200);
  await sandbox.expireSignedPreviewUrl(3000, signed.token);
  expect((await fetch(signed.url, { redirect: 'manual' })).status).toBe(307);
});

test('a port where nothing listens answers an empty 502', async () => {
  const closed = await sandbox.getPreviewLink(3001);
  const answer = await fetch(closed.url, { headers });
  expect([answer.status, await answer.text()]).toEqual([502, '']);
});

test('a sandbox that stopped answers 400, one that is gone 404, and a request on its way breaks off', async () => {
  const slow = ask('/slow');
  await until(() => connected.service.requests.some(({ path }) => path === '/slow'));
  await connected.service.stop(sandbox.id);
  expect((await slow).status).toBe(502);
  const stopped = await ask();
  expect([stopped.status, await stopped.json()]).toEqual([400, expect.objectContaining({ code: 'BAD_REQUEST' })]);
  await connected.service.remove(sandbox.id);
  expect((await ask()).status).toBe(404);
  await expect(sandbox.process.executeCommand('true')).rejects.toMatchObject({ statusCode: 404 });
});

test('a sandbox that has been gone for long is answered for as to a stranger', async () => {
  await connected.service.remove(sandbox.id);
  connected.service.forgetsDeleted = true;
  expect((await ask()).status).toBe(307);
  await expect(sandbox.process.executeCommand('true')).rejects.toMatchObject({ statusCode: 401 });
  await expect(connected.daytona.get(sandbox.id)).rejects.toMatchObject({ statusCode: 404 });
});

test('a link that cannot be reached breaks every connection, also those there are', async () => {
  const slow = ask('/slow');
  slow.catch(() => {}); // looked at below
  await until(() => connected.service.requests.some(({ path }) => path === '/slow'));
  await connected.service.blockPreview(true);
  await expect(slow).rejects.toThrow();
  await expect(ask()).rejects.toThrow();
  await connected.service.blockPreview('hang');
  await expect(fetch(url, { headers, signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
  await connected.service.blockPreview(false);
  expect((await ask()).status).toBe(200);
});

test('requests count as activity, unless they say that they are none', async () => {
  const activity = () => connected.service.sandboxes()[0]?.lastActivityAt;
  const before = activity();
  await until(() => new Date().toISOString() > (before ?? ''));
  await ask('/', { ...headers, 'x-daytona-skip-last-activity-update': 'true' });
  expect(activity()).toBe(before);
  await ask();
  expect(activity()).not.toBe(before);
});
