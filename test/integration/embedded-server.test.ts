import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireEmbeddedServer } from '../../src/embedded/embedded-server.ts';
import { isRunning, processId } from '../../src/embedded/process-identity.ts';
import { ServerFiles, type ServerState } from '../../src/embedded/server-files.ts';
import { UsageError } from '../../src/errors.ts';
import { connectTemporal, embeddedTarget } from '../../src/temporal-connection.ts';
import { removeDataDirectory, temporaryDataDirectory } from '../support/embedded-server.ts';
import { processesNaming } from '../support/processes-naming.ts';
import { until } from '../support/until.ts';

let dataDirectory: string;
let users: ChildProcess[];

beforeEach(async () => {
  dataDirectory = await temporaryDataDirectory();
  users = [];
});
afterEach(async () => {
  for (const user of users) user.kill('SIGKILL');
  await removeDataDirectory(dataDirectory);
});

/** Another process that uses the server, and the address it was told. */
async function startUser(): Promise<{ process: ChildProcess; address: string }> {
  const program = join(import.meta.dirname, '../fixtures/use-embedded-server.ts');
  const user = spawn(process.execPath, [program, dataDirectory], { stdio: ['pipe', 'pipe', 'inherit'] });
  users.push(user);
  const [line] = await once(user.stdout, 'data');
  return { process: user, address: String(line).trim() };
}

function acquire() {
  return acquireEmbeddedServer({ dataDirectory, ports: 'any' });
}

function state(): ServerState {
  const found = new ServerFiles(dataDirectory).readState();
  if (!found) throw new Error('no server is announced');
  return found;
}

async function startWorkflow(address: string, workflowId: string): Promise<void> {
  await using client = await openClient(address);
  await client.workflow.start('anything', { taskQueue: 'nobody', workflowId });
}

async function workflowExists(address: string, workflowId: string): Promise<boolean> {
  await using client = await openClient(address);
  const description = await client.workflow.getHandle(workflowId).describe();
  return description.workflowId === workflowId;
}

async function openClient(address: string) {
  const connection = await connectTemporal(embeddedTarget(address));
  const client = new Client({ connection });
  return { workflow: client.workflow, [Symbol.asyncDispose]: () => connection.close() };
}

it('is one server for processes that ask at the same instant, and serves its Web UI', async () => {
  const [first, second, own] = await Promise.all([startUser(), startUser(), acquire()]);
  await using server = own;
  expect(new Set([first.address, second.address, server.address]).size).toBe(1);
  expect((await fetch(server.uiUrl)).status).toBe(200);
});

it('ends, with its supervisor, after the last of its users, and not before', async () => {
  const first = await startUser();
  const second = await startUser();
  const { supervisor, server } = state();
  first.process.stdin?.end();
  await once(first.process, 'exit');
  // Longer than a server without users lives.
  await expect(until(() => !isRunning(server), 4_000)).rejects.toThrow();
  second.process.stdin?.end();
  await until(() => !isRunning(supervisor) && !isRunning(server));
  expect(new ServerFiles(dataDirectory).readState()).toBeNull();
});

it('ends after a user that was killed', async () => {
  const user = await startUser();
  const { supervisor, server } = state();
  user.process.kill('SIGKILL');
  await until(() => !isRunning(supervisor) && !isRunning(server));
  expect(await readdir(join(dataDirectory, 'temporal/users'))).toEqual([]);
});

it('keeps its data from one server to the next', async () => {
  const first = await acquire();
  const { supervisor } = state();
  await startWorkflow(first.address, 'kept');
  await first[Symbol.asyncDispose]();
  await until(() => !isRunning(supervisor));
  await using second = await acquire();
  expect(await workflowExists(second.address, 'kept')).toBe(true);
});

it('is restarted at the same address, with its data, when it is killed', async () => {
  await using server = await acquire();
  await startWorkflow(server.address, 'kept');
  const before = state();
  process.kill(processId(before.server), 'SIGKILL');
  await until(() => new ServerFiles(dataDirectory).readState()?.server !== before.server);
  expect(state()).toMatchObject({ address: server.address, supervisor: before.supervisor });
  await using again = await acquire();
  expect(await workflowExists(again.address, 'kept')).toBe(true);
});

it('does not outlive a supervisor that is killed, and comes back at the same address', async () => {
  await using server = await acquire();
  const before = state();
  process.kill(processId(before.supervisor), 'SIGKILL');
  await until(() => !isRunning(before.server));
  await using again = await acquire();
  expect(again.address).toBe(server.address);
});

it('comes back at the same address for those who use it, when its supervisor is killed', async () => {
  await using server = await acquire();
  const before = state();
  process.kill(processId(before.supervisor), 'SIGKILL');
  await until(() => new ServerFiles(dataDirectory).runningState() !== null && state().supervisor !== before.supervisor);
  expect(state().address).toBe(server.address);
  await startWorkflow(server.address, 'after');
});

it('ends when its data directory is removed', async () => {
  await using server = await acquire();
  const { supervisor, server: process } = state();
  await rm(join(dataDirectory, 'temporal'), { recursive: true });
  await until(() => !isRunning(supervisor) && !isRunning(process));
  expect(server.address).toContain('127.0.0.1:');
});

it('says in one line which database and log to look at when it cannot start', async () => {
  await writeFile(join(dataDirectory, 'temporal.db'), 'this is no database, however long it may be');
  const failure = await acquire().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(
    /^the embedded Temporal server cannot start: file is not a database .*temporal\.db, log .*server\.log\)$/,
  );
  expect(new ServerFiles(dataDirectory).readState()).toBeNull();
});

it('refuses a data directory that cannot be used', async () => {
  const file = join(dataDirectory, 'file');
  await writeFile(file, '');
  await expect(acquireEmbeddedServer({ dataDirectory: file })).rejects.toThrow(
    `cannot use the data directory ${file}: it is a file; set RLM_DATA_DIR`,
  );
  await expect(acquireEmbeddedServer({ dataDirectory: join(file, 'below') })).rejects.toThrow(
    /part of its path is a file/,
  );
  await mkdir(join(dataDirectory, 'other'));
  await writeFile(join(dataDirectory, 'other/temporal'), '');
  await expect(acquireEmbeddedServer({ dataDirectory: join(dataDirectory, 'other') })).rejects.toThrow(UsageError);
});

it('leaves nothing running when its folder is removed while it starts', async () => {
  const acquired = acquire().catch((error: unknown) => error);
  await until(() => processesNaming(dataDirectory).some(({ command }) => command.includes('start-dev')));
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 10 });
  await acquired;
  await until(() => processesNaming(dataDirectory).length === 0);
  await mkdir(dataDirectory, { recursive: true });
});
