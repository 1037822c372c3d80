import { connect } from 'node:net';

const timeoutMs = 5_000;

/** Why nobody can be reached at a host's port, in a few words, or null when somebody listens there. */
export async function unreachable(host: string, port: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = connect({ host, port, timeout: timeoutMs });
  socket.once('connect', () => resolve(null));
  socket.once('timeout', () => resolve(`no answer within ${timeoutMs / 1000} s`));
  socket.once('error', (error: NodeJS.ErrnoException) => {
    const reasons: Record<string, string> = {
      ECONNREFUSED: 'connection refused',
      ENOTFOUND: 'there is no such host',
      EAI_AGAIN: 'the name of the host cannot be looked up',
    };
    resolve(reasons[error.code ?? ''] ?? (error.code || error.message));
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
