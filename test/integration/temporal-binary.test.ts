import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findTemporal, temporalVersion } from '../../src/embedded/temporal-binary.ts';
import { temporalArchiveUrl } from '../../src/embedded/temporal-download.ts';
import { UsageError } from '../../src/errors.ts';

const command = '#!/bin/sh\necho a server of Temporal\n';

let directory: string;
let environment: NodeJS.ProcessEnv;
let cached: string;
let announced: string[];
let downloads: number;
let server: Server;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rlm-binary-'));
  const path = join(directory, 'bin');
  mkdirSync(path);
  environment = { PATH: path, HOME: directory, XDG_CACHE_HOME: join(directory, 'cache') };
  cached = join(directory, `cache/durable-rlm/temporal-${temporalVersion}/temporal`);
  announced = [];
  downloads = 0;
});
afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true });
});

function find(archiveUrl: string) {
  return findTemporal({ environment, archiveUrl, onProgress: (message) => announced.push(message) });
}

function writeProgram(name: string, text: string): string {
  const file = join(directory, 'bin', name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

/** Serves these bytes as the release's archive. */
async function serve(body: Buffer, status = 200): Promise<string> {
  server = createServer((_, response) => {
    downloads++;
    response.writeHead(status, { 'content-length': body.byteLength }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive`;
}

function archiveOf(program: string): Buffer {
  const folder = mkdtempSync(join(directory, 'archive-'));
  writeFileSync(join(folder, 'temporal'), program, { mode: 0o755 });
  return execFileSync('tar', ['-czf', '-', '-C', folder, 'temporal']);
}

/** Where nobody listens. */
async function nowhere(): Promise<string> {
  const url = await serve(Buffer.from(''));
  server.close();
  await once(server, 'close');
  return url;
}

it('is the command on the PATH, where there is one', async () => {
  const installed = writeProgram('temporal', command);
  expect(await find(await nowhere())).toBe(installed);
  expect(announced).toEqual([]);
});

it('is downloaded once, with progress, into the cache', async () => {
  const url = await serve(archiveOf(command));
  expect(await find(url)).toBe(cached);
  expect(readFileSync(cached, 'utf8')).toBe(command);
  expect(announced[0]).toBe(`downloading the Temporal server ${temporalVersion}`);
  expect(announced).toContain('downloading the Temporal server: 100%');
  expect(await find(url)).toBe(cached);
  expect(downloads).toBe(1);
  expect(readdirSync(join(directory, 'cache/durable-rlm')).toSorted()).toEqual(['lock', `temporal-${temporalVersion}`]);
});

it('is downloaded by one of several that need it at once', async () => {
  const url = await serve(archiveOf(command));
  expect(await Promise.all([find(url), find(url), find(url)])).toEqual([cached, cached, cached]);
  expect(downloads).toBe(1);
});

it.each([
  ['nobody answers', nowhere],
  ['the server has an error', () => serve(Buffer.from('gone'), 503)],
  ['the archive is none', () => serve(Buffer.from('no archive'))],
  ['the command in it does not run', () => serve(archiveOf('#!/bin/sh\nexit 3\n'))],
])('is built with Go when %s', async (_, url) => {
  writeProgram(
    'go',
    `#!/bin/sh\nPATH=/usr/bin:/bin\necho "$@" > ${directory}/go-arguments\nprintf '${command.replaceAll('\n', '\\n')}' > "$GOBIN/temporal"\nchmod +x "$GOBIN/temporal"\n`,
  );
  environment.PATH += ':/usr/bin:/bin';
  expect(await find(await url())).toBe(cached);
  expect(readFileSync(join(directory, 'go-arguments'), 'utf8')).toBe(
    `install -ldflags -s -w github.com/temporalio/cli/cmd/temporal@v${temporalVersion}\n`,
  );
  expect(announced.find((line) => line.startsWith('the download failed: '))).toBeDefined();
});

it('says what to do when nothing works, and leaves nothing behind', async () => {
  const failure = await find(await nowhere()).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(
    /^there is no Temporal server on this machine \(the download failed: .*; go install failed: Go is not installed\)\. Install .*TEMPORAL_ADDRESS/,
  );
  expect(existsSync(cached)).toBe(false);
  expect(readdirSync(join(directory, 'cache/durable-rlm'))).toEqual(['lock']);
});

it('comes from the official release of this platform', () => {
  expect(temporalArchiveUrl('1.2.3')).toMatch(
    /^https:\/\/temporal\.download\/cli\/archive\/v1\.2\.3\?platform=\w+&arch=\w+$/,
  );
});
