import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, processIdentity } from './process-identity.ts';

/** `server.json`: the server that runs for a data directory. Processes are named by their identity. */
export const ServerState = z.object({
  supervisor: z.string(),
  server: z.string(),
  /** HOST:PORT. */
  address: z.string(),
  uiUrl: z.string(),
});
export type ServerState = z.infer<typeof ServerState>;

/** The files by which processes share one embedded server. */
export class ServerFiles {
  readonly database: string;
  readonly log: string;
  readonly lock: string;
  private readonly directory: string;
  private readonly users: string;
  private readonly state: string;

  constructor(dataDirectory: string) {
    this.database = join(dataDirectory, 'temporal.db');
    this.directory = join(dataDirectory, 'temporal');
    this.log = join(this.directory, 'server.log');
    this.lock = join(this.directory, 'lock');
    this.users = join(this.directory, 'users');
    this.state = join(this.directory, 'server.json');
  }

  /** Says that this process uses the server, and returns what takes that back. */
  addUser(): () => void {
    mkdirSync(this.users, { recursive: true });
    const file = join(this.users, `${processIdentity(process.pid)}-${randomUUID()}`);
    writeFileSync(file, '');
    return () => rmSync(file, { force: true });
  }

  /** Whether a living process uses the server. Forgets those that died. Null when the folder is gone. */
  hasUsers(): boolean | null {
    let names: string[];
    try {
      names = readdirSync(this.users);
    } catch {
      return null; // Somebody removed the data directory.
    }
    const [dead, living] = [names.filter((name) => !lives(name)), names.filter(lives)];
    for (const name of dead) rmSync(join(this.users, name), { force: true });
    return living.length > 0;
  }

  readState(): ServerState | null {
    try {
      return ServerState.parse(JSON.parse(readFileSync(this.state, 'utf8')));
    } catch {
      return null; // There is none, or not one of ours: a new server is started.
    }
  }

  /** The state of a server whose supervisor is alive. */
  runningState(): ServerState | null {
    const state = this.readState();
    return state && isRunning(state.supervisor) ? state : null;
  }

  writeState(state: ServerState): void {
    const temporary = `${this.state}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`);
    renameSync(temporary, this.state);
  }

  removeState(): void {
    rmSync(this.state, { force: true });
  }
}

/** Whether the process of a user file `PID-STARTTIME-ID` runs. */
function lives(name: string): boolean {
  const [pid, startTime] = name.split('-');
  return isRunning(`${pid}-${startTime}`);
}
