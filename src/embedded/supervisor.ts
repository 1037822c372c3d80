import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BoundedLog } from './bounded-log.ts';
import { isRunning, processId, processIdentity } from './process-identity.ts';
import { acquireProcessLock } from './process-lock.ts';
import type { DynamicConfiguration, ServerPorts } from './server-arguments.ts';
import { ServerFiles, type ServerState } from './server-files.ts';
import { choosePorts, holdPorts, wantedPorts } from './server-ports.ts';
import { type ServerProcess, ServerStartFailed, startServerProcess } from './server-process.ts';
import type { SupervisorReport } from './supervisor-report.ts';

/**
 * The process that owns the embedded Temporal server of a data directory. It outlives whoever started it, restarts the
 * server when it dies, and ends it, and itself, soon after the last user has gone.
 *
 * Arguments: data directory, path of the temporal command, `usual` or `any` ports, further dynamic configuration as JSON.
 */
const [dataDirectory = '.', binary = 'temporal', portChoice = 'usual', further = '{}'] = process.argv.slice(2);
const configuration = JSON.parse(further) as DynamicConfiguration;

const checkMs = 1_000;
const lingerMs = 2_000;
/** A server that ends sooner than this after its start is given more and more time before the next try. */
const crashLoopMs = 10_000;
const longestPauseMs = 10_000;
/** How long the ports of a server that ended are waited for: whoever uses it knows no others. */
const portsPatienceMs = 60_000;

const files = new ServerFiles(dataDirectory);
const log = new BoundedLog(files.log);
const stopRequest = new AbortController();
process.on('SIGTERM', () => stopRequest.abort());
process.on('SIGINT', () => stopRequest.abort());
// Whoever started this process may be gone; nothing it says must end it.
process.on('disconnect', () => {});

await supervise();

async function supervise(): Promise<void> {
  const server = await startOnce();
  if (!server) return;
  const last = await keepAlive(server);
  await last?.stop();
}

/** Starts the server unless another supervisor already runs one, and reports where it is. */
async function startOnce(): Promise<ServerProcess | null> {
  const lock = await acquireProcessLock(files.lock);
  let server: ServerProcess | null = null;
  try {
    const running = files.runningState();
    if (running) {
      report({ type: 'running', state: running });
      return null;
    }
    const previous = files.readState();
    if (previous) await endLeftover(previous);
    server = await start(previous ? portsOf(previous) : wantedPorts(portChoice === 'any' ? 'any' : 'usual'));
    report({ type: 'running', state: announce(server) });
    return server;
  } catch (error) {
    // One that nobody can be told of, as when the folder was removed meanwhile, would stay for ever.
    await server?.stop();
    files.removeState();
    report({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
    return null;
  } finally {
    lock.release();
  }
}

/** Watches users and server. Returns the server that is to be stopped, or null when there is none any more. */
async function keepAlive(first: ServerProcess): Promise<ServerProcess | null> {
  let server = first;
  let startedAt = performance.now();
  let lastUsed = performance.now();
  let crashes = 0;
  for (;;) {
    const event = await Promise.race([server.ended.then(() => 'ended' as const), pause(checkMs)]);
    if (stopRequest.signal.aborted) return leave(server);
    if (event === 'ended') {
      crashes = performance.now() - startedAt < crashLoopMs ? crashes + 1 : 0;
      log.write(`supervisor: the server ended unexpectedly (${crashes})\n`);
      const again = await restart(server.ports, crashes);
      if (again === null) return leave(null);
      server = again;
      startedAt = performance.now();
      announce(server);
    }
    const used = files.hasUsers();
    if (used === null) return server;
    if (used) lastUsed = performance.now();
    else if (performance.now() - lastUsed >= lingerMs && (await leaveUnlessUsed(server))) return null;
  }
}

/** Starts the server again, however often that takes while somebody uses it: a full disk may get room. Null: nobody does. */
async function restart(ports: ServerPorts, crashes: number): Promise<ServerProcess | null> {
  const endedAt = performance.now();
  for (let tries = crashes; files.hasUsers() && !stopRequest.signal.aborted; tries += 1) {
    if (tries > 0) {
      // Another server at this address would be taken for this one.
      await using _held = await holdPorts(ports);
      await pause(Math.min(longestPauseMs, 100 * 2 ** tries));
    }
    try {
      return await start(ports, performance.now() - endedAt < portsPatienceMs ? 'these' : 'others');
    } catch (error) {
      log.write(`supervisor: the server cannot be restarted: ${error}\n`);
    }
  }
  return null;
}

/** Starts the server on these ports where they are free, else on others; `these`: it fails where they are not. */
async function start(ports: ServerPorts | null, otherwise: 'these' | 'others' = 'others'): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    // Two supervisors that found the same ports free would both believe the one server that got them to be theirs.
    const lock = await acquireProcessLock(join(tmpdir(), `durable-rlm-ports-${userInfo().uid}`));
    try {
      const chosen = await choosePorts(attempt === 1 ? ports : null);
      if (otherwise === 'these' && chosen.grpc !== ports?.grpc) throw new Error(`port ${ports?.grpc} is taken`);
      return await startServerProcess({ binary, database: files.database, ports: chosen, log, configuration });
    } catch (error) {
      // Another program may take a port between the choice and the start.
      const mayMove = otherwise === 'others' && attempt < 5;
      if (!(error instanceof ServerStartFailed && error.portTaken && mayMove)) throw error;
    } finally {
      lock.release();
    }
  }
}

/**
 * Stops the server while no new one can be started, so that its database and ports are free for the next. A user who
 * comes registers before looking for the state: either it finds none, or it is found here.
 */
async function leaveUnlessUsed(server: ServerProcess): Promise<boolean> {
  const lock = await acquireProcessLock(files.lock);
  try {
    files.removeState();
    if (files.hasUsers()) {
      announce(server);
      return false;
    }
    await server.stop();
    return true;
  } finally {
    lock.release();
  }
}

function leave(server: ServerProcess | null): ServerProcess | null {
  files.removeState();
  return server;
}

/** Ends the server of a supervisor that was killed, which its guard may be doing too. */
async function endLeftover({ server }: ServerState): Promise<void> {
  if (!isRunning(server)) return;
  process.kill(processId(server), 'SIGTERM');
  for (let waited = 0; isRunning(server); waited += 20) {
    if (waited > 5_000) process.kill(processId(server), 'SIGKILL');
    await setTimeout(20); // It is not our child: nothing tells us of its end.
  }
}

function announce({ identity, ports }: ServerProcess): ServerState {
  const state: ServerState = {
    supervisor: processIdentity(process.pid) ?? '',
    server: identity,
    address: `127.0.0.1:${ports.grpc}`,
    uiUrl: `http://127.0.0.1:${ports.ui}`,
  };
  files.writeState(state);
  return state;
}

function portsOf({ address, uiUrl }: ServerState): ServerPorts {
  return { grpc: Number(address.split(':').at(-1)), ui: Number(new URL(uiUrl).port) };
}

function report(message: SupervisorReport): void {
  // Where nobody listens any more, there is nobody to tell.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function pause(ms: number): Promise<'checked'> {
  await setTimeout(ms, null, { signal: stopRequest.signal }).catch(() => null);
  return 'checked';
}
