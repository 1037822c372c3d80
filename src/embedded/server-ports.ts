import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { ServerPorts } from './server-arguments.ts';

/** Where people expect Temporal and its Web UI. */
const usualPorts: ServerPorts = { grpc: 7233, ui: 8233 };

/** The wanted ports where both are free, else any two that are. */
export async function choosePorts(wanted: ServerPorts | null): Promise<ServerPorts> {
  if (wanted && (await freePort(wanted.grpc)) && (await freePort(wanted.ui))) return wanted;
  const [grpc, ui] = await Promise.all([freePort(0), freePort(0)]);
  if (!grpc || !ui) throw new Error('this machine has no free port');
  return { grpc, ui };
}

/** The usual ports, or none in particular. */
export function wantedPorts(choice: 'usual' | 'any'): ServerPorts | null {
  return choice === 'usual' ? usualPorts : null;
}

/** Keeps others from these ports, as far as they are free, until it is disposed of. Who connects is sent away. */
export async function holdPorts({ grpc, ui }: ServerPorts): Promise<AsyncDisposable> {
  const holders = await Promise.all([grpc, ui].map(hold));
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
    },
  };
}

async function hold(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, '127.0.0.1');
  // One that somebody else has cannot be held.
  await once(server, 'listening').catch(() => {});
  return server;
}

/** The port when it can be bound, else null; 0 stands for any. */
async function freePort(port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' ? (address?.port ?? null) : null;
  } catch {
    return null; // Somebody else listens there.
  } finally {
    server.close();
  }
}
