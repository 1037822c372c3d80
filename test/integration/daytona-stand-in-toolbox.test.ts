import {
  DaytonaConflictError,
  DaytonaGitAuthFailedError,
  DaytonaNotFoundError,
  DaytonaProcessExecutionTimeoutError,
  type Sandbox,
} from '@daytonaio/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConnectedStandIn, startConnected } from '../support/daytona/client.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { GitRepository } from '../support/git-repository.ts';
import { until } from '../support/until.ts';

let connected: ConnectedStandIn;
let sandbox: Sandbox;

beforeAll(async () => {
  connected = await startConnected();
  sandbox = await connected.daytona.create({ image: 'python:3.12-slim', envVars: { GIVEN: 'at creation' } });
});

afterAll(() => connected[Symbol.asyncDispose]());

describe('a command', () => {
  test('answers both outputs as one text, and its exit code', async () => {
    const done = await sandbox.process.executeCommand('echo out; echo err >&2; exit 3');
    expect(done).toMatchObject({ exitCode: 3, result: 'out\nerr\n' });
  });

  test('runs where and with what it is told, else in the home folder', async () => {
    const told = await sandbox.process.executeCommand('pwd; echo $GIVEN $MORE', '/tmp', { MORE: 'now' });
    expect(told.result).toBe('/tmp\nat creation now\n');
    expect((await sandbox.process.executeCommand('pwd')).result).toBe('/home/daytona\n');
    expect((await sandbox.process.executeCommand('pwd', '/nowhere')).exitCode).toBe(-1);
    expect(await sandbox.getUserHomeDir()).toBe('/home/daytona');
    expect(await sandbox.getWorkDir()).toBe('/home/daytona');
  });

  test('is killed with its children when its time is over', async () => {
    const late = sandbox.process.executeCommand('sleep 987 & sleep 987; echo never', undefined, undefined, 1);
    await expect(late).rejects.toThrow(DaytonaProcessExecutionTimeoutError);
    await expect(late).rejects.toMatchObject({ statusCode: 408, code: 'PROCESS_EXECUTION_TIMEOUT' });
    const { result } = await sandbox.process.executeCommand('cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    expect(result).not.toContain('sleep 987');
  });

  test('that reads its input eats the rest of itself', async () => {
    expect((await sandbox.process.executeCommand('cat\necho rest')).result).toBe('echo rest');
  });

  test('is as long as it likes', async () => {
    const { result } = await sandbox.process.executeCommand(`echo '${'x'.repeat(300_000)}' | wc -c`);
    expect(result.trim()).toBe('300001');
  });
});

describe('a session', () => {
  test('remembers the folder and the variables, and tells the outputs apart', async () => {
    await sandbox.process.createSession('remembering');
    await sandbox.process.executeSessionCommand('remembering', { command: 'cd /tmp; NUMBER=7' });
    const done = await sandbox.process.executeSessionCommand('remembering', {
      command: 'pwd; echo $NUMBER >&2; (exit 4)',
    });
    expect(done).toMatchObject({ exitCode: 4, stdout: '/tmp\n', stderr: '7\n' });
  });

  test('runs a command in the background, with its state, its logs and its input', async () => {
    await sandbox.process.createSession('background');
    const { cmdId, exitCode } = await sandbox.process.executeSessionCommand('background', {
      command: 'echo ready; read line; echo "got $line"; exit_code() { return 5; }; exit_code',
      runAsync: true,
    });
    expect(exitCode).toBeUndefined();
    const logs = () => sandbox.process.getSessionCommandLogs('background', cmdId);
    await until(async () => (await logs()).stdout === 'ready\n');
    expect((await sandbox.process.getSessionCommand('background', cmdId)).exitCode).toBeUndefined();
    await sandbox.process.sendSessionCommandInput('background', cmdId, 'this\n');
    await until(async () => (await sandbox.process.getSessionCommand('background', cmdId)).exitCode === 5);
    expect(await logs()).toMatchObject({ stdout: 'ready\ngot this\n', stderr: '' });
    const late = sandbox.process.sendSessionCommandInput('background', cmdId, 'more\n');
    await expect(late).rejects.toMatchObject({ statusCode: 410, code: 'COMMAND_ALREADY_COMPLETED' });
  });

  test('ends with everything it started when it is deleted', async () => {
    await sandbox.process.createSession('ending');
    await sandbox.process.executeSessionCommand('ending', { command: 'trap "" TERM; sleep 876', runAsync: true });
    const running = async () =>
      (await sandbox.process.executeCommand('cat /proc/[0-9]*/cmdline | tr "\\0" " "')).result.includes('sleep 876');
    await until(running);
    await sandbox.process.deleteSession('ending');
    expect(await running()).toBe(false);
    await expect(sandbox.process.getSession('ending')).rejects.toThrow(DaytonaNotFoundError);
  });

  test('has a name of its own', async () => {
    await sandbox.process.createSession('one');
    await expect(sandbox.process.createSession('one')).rejects.toThrow(DaytonaConflictError);
    await expect(sandbox.process.executeSessionCommand('none', { command: 'true' })).rejects.toMatchObject({
      statusCode: 404,
      code: 'PROCESS_NOT_FOUND',
    });
  });
});

describe('files', () => {
  test('go in and come out as they are, folders made on the way', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    await sandbox.fs.uploadFiles([
      { source: bytes, destination: '/tmp/some/folder/bytes' },
      { source: Buffer.from('größer'), destination: 'in home' },
    ]);
    expect(await sandbox.fs.downloadFile('/tmp/some/folder/bytes')).toEqual(bytes);
    expect((await sandbox.process.executeCommand('cat "/home/daytona/in home"')).result).toBe('größer');
  });

  test('of many megabytes go in too, with progress', async () => {
    const size = 20 * 1024 * 1024;
    const seen: number[] = [];
    await sandbox.fs.uploadFileStream(Buffer.alloc(size, 'x'), '/tmp/large', {
      onProgress: ({ bytesSent }) => seen.push(bytesSent),
    });
    expect(seen.at(-1)).toBe(size);
    expect((await sandbox.fs.getFileDetails('/tmp/large')).size).toBe(size);
    await sandbox.fs.deleteFile('/tmp/large');
  });

  test('that cannot be written or read say why', async () => {
    await expect(sandbox.fs.uploadFile(Buffer.from(''), '/usr/refused')).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('read-only file system'),
    });
    await expect(sandbox.fs.downloadFile('/tmp/missing')).rejects.toMatchObject({
      statusCode: 404,
      code: 'FILE_NOT_FOUND',
      message: 'file not found: /tmp/missing',
    });
    const [missing, found] = await sandbox.fs.downloadFiles([{ source: '/tmp/missing' }, { source: '/etc/passwd' }]);
    expect([missing?.error, found?.error]).toEqual(['file not found: /tmp/missing', undefined]);
  });

  test('are described, listed and deleted', async () => {
    await sandbox.fs.createFolder('/tmp/listed/inner', '700');
    await sandbox.fs.uploadFile(Buffer.from('four'), '/tmp/listed/file');
    expect(await sandbox.fs.getFileDetails('/tmp/listed/inner')).toMatchObject({ isDir: true, permissions: '0700' });
    const names = async () =>
      (await sandbox.fs.listFiles('/tmp/listed')).map(({ name, size, isDir }) => [name, isDir || size]);
    expect(await names()).toEqual([
      ['file', 4],
      ['inner', true],
    ]);
    await sandbox.fs.deleteFile('/tmp/listed/file');
    await expect(sandbox.fs.deleteFile('/tmp/listed')).rejects.toMatchObject({ statusCode: 400 });
    await sandbox.fs.deleteFile('/tmp/listed', true);
    await expect(sandbox.fs.getFileDetails('/tmp/listed')).rejects.toThrow(DaytonaNotFoundError);
  });
});

describe('a clone', () => {
  const read = async (command: string) => (await sandbox.process.executeCommand(command)).result;

  test('is of a branch, or at a commit', async () => {
    using repository = new GitRepository();
    const first = repository.head();
    repository.commit({ 'README.md': 'second\n' });
    await using server = await startGitHttpServer(repository.root);
    await sandbox.git.clone(`${server.url}/project`, '/tmp/branch', 'main');
    expect(await read('cat /tmp/branch/README.md')).toBe('second\n');
    await sandbox.git.clone(`${server.url}/project`, '/tmp/commit', undefined, first);
    expect(await read('cat /tmp/commit/README.md; git -C /tmp/commit rev-parse HEAD')).toBe(`hello\n${first}\n`);
    await expect(sandbox.git.clone(`${server.url}/project`, '/tmp/none', 'none')).rejects.toThrow(DaytonaNotFoundError);
    await expect(sandbox.git.clone(`${server.url}/none`, '/tmp/none')).rejects.toThrow(DaytonaNotFoundError);
  });

  test('takes credentials, and leaves none behind', async () => {
    using repository = new GitRepository();
    await using server = await startGitHttpServer(repository.root, 'sesame');
    const url = `${server.url}/project`;
    await expect(sandbox.git.clone(url, '/tmp/private')).rejects.toThrow(DaytonaGitAuthFailedError);
    await expect(sandbox.git.clone(url, '/tmp/private', undefined, undefined, 'me', 'wrong')).rejects.toMatchObject({
      statusCode: 401,
    });
    await sandbox.git.clone(url, '/tmp/private', undefined, undefined, 'me', 'sesame');
    expect(await read('cat /tmp/private/README.md')).toBe('hello\n');
    const token = Buffer.from('me:sesame').toString('base64');
    expect(await read(`grep -r -l -e sesame -e '${token}' /tmp/private/.git /home/daytona || echo none`)).toBe(
      'none\n',
    );
  });

  test('does not come from a file, nor over a network that is blocked', async () => {
    using repository = new GitRepository();
    await using server = await startGitHttpServer(repository.root);
    await expect(sandbox.git.clone(`file://${repository.directory}`, '/tmp/file')).rejects.toMatchObject({
      statusCode: 400,
    });
    const blocked = await connected.daytona.create({ image: 'python:3.12-slim', networkBlockAll: true });
    await expect(blocked.git.clone(`${server.url}/project`, '/tmp/blocked')).rejects.toMatchObject({ statusCode: 400 });
    expect(server.authorizations).toEqual([]);
  });

  test('needs no git in the sandbox', async () => {
    using repository = new GitRepository();
    await using server = await startGitHttpServer(repository.root);
    await using without = await startConnected({ git: false });
    const other = await without.daytona.create({ image: 'python:3.12-slim' });
    await other.git.clone(`${server.url}/project`, '/tmp/clone');
    expect((await other.process.executeCommand('cat /tmp/clone/README.md; git status')).result).toContain('hello\n');
    expect((await other.process.executeCommand('git status')).exitCode).toBe(127);
  });
});
