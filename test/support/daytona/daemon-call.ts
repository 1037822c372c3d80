import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { Refusal } from './answer.ts';

const DaemonReply = z.object({ status: z.number(), body: z.unknown() });
const DaemonRefusal = z.object({ message: z.string(), code: z.string() });

/** What a daemon replied. `stream` goes on with the bytes after it, and must be read or destroyed. */
export interface DaemonReply {
  status: number;
  body: unknown;
  stream: Socket;
}

/** Sends a call to a sandbox's daemon, and waits for the line it replies. Throws {@link Refusal} where it refuses. */
export async function callDaemon(socketPath: string, call: object, bytes?: Uint8Array): Promise<DaemonReply> {
  const stream = connect(socketPath);
  try {
    stream.write(`${JSON.stringify(call)}\n`);
    if (bytes !== undefined) stream.write(bytes);
    const { status, body } = DaemonReply.parse(JSON.parse(await readLine(stream)));
    const refusal = status >= 400 ? DaemonRefusal.safeParse(body) : null;
    if (refusal?.success) throw new Refusal(status, refusal.data.message, refusal.data.code);
    return { status, body, stream };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** Sends a call of which the line is the whole reply. */
export async function askDaemon(
  socketPath: string,
  call: object,
  bytes?: Uint8Array,
): Promise<{ status: number; body: unknown }> {
  const { status, body, stream } = await callDaemon(socketPath, call, bytes);
  stream.destroy();
  return { status, body };
}

async function readLine(stream: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  while (true) {
    const chunk: Buffer | null = stream.read();
    if (chunk === null) {
      if (stream.readableEnded || stream.destroyed) throw new Refusal(502, '');
      await Promise.race([once(stream, 'readable'), once(stream, 'end'), once(stream, 'close')]).catch(() => {
        throw new Refusal(502, ''); // the sandbox ended in the middle, or before
      });
      continue;
    }
    const end = chunk.indexOf(0x0a);
    if (end === -1) {
      chunks.push(chunk);
      continue;
    }
    chunks.push(chunk.subarray(0, end));
    if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1));
    return Buffer.concat(chunks).toString();
  }
}
