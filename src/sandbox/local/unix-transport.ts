import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { SandboxLost, SandboxUnavailable } from '../../errors.ts';
import type { BrokerRequest, BrokerTransport } from '../provider.ts';

const defaultTimeoutMs = 10_000;

/** More than any honest broker sends at once. */
const largestResponseBytes = 128 * 1024 * 1024;

/** Speaks HTTP to a broker on a unix socket, over connections that are kept. */
export class UnixTransport implements BrokerTransport {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 16, timeout: 0 });
  private readonly socketPath: string;
  private readonly token: string;

  constructor(socketPath: string, token: string) {
    this.socketPath = socketPath;
    this.token = token;
  }

  async request(request: BrokerRequest): Promise<{ status: number; body: unknown }> {
    try {
      return await this.exchange(request);
    } catch (error) {
      if (!isReset(error)) throw asLost(error);
    }
    // A kept connection may have been closed just then; all requests can be repeated.
    return this.exchange(request).catch((error: unknown) => {
      throw isReset(error) ? new SandboxLost('the sandbox closes every connection') : asLost(error);
    });
  }

  /** Closes the connections that are idle. */
  close(): void {
    this.agent.destroy();
  }

  private exchange(request: BrokerRequest): Promise<{ status: number; body: unknown }> {
    const { method, path, signal, timeoutMs = defaultTimeoutMs } = request;
    const body = encode(request.body);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          socketPath: this.socketPath,
          agent: this.agent,
          method,
          path,
          headers: { authorization: `Bearer ${this.token}`, 'content-length': body?.byteLength ?? 0 },
          ...(signal && { signal }),
        },
        (response) => {
          readResponse(response).then(resolve, reject);
        },
      );
      const timer = setTimeout(() => {
        outgoing.destroy(new SandboxUnavailable(`the sandbox did not answer ${method} ${path} within ${timeoutMs} ms`));
      }, timeoutMs);
      outgoing.on('error', reject);
      outgoing.on('close', () => clearTimeout(timer));
      outgoing.end(body);
    });
  }
}

function encode(body: unknown): Uint8Array | null {
  if (body === undefined) return null;
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

async function readResponse(response: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > largestResponseBytes) throw new SandboxLost('the sandbox sent more than it ever should');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return { status: response.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) };
  } catch {
    throw new SandboxLost('the sandbox sent something that is not JSON');
  }
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

function isReset(error: unknown): boolean {
  return errorCode(error) === 'ECONNRESET' || errorCode(error) === 'EPIPE';
}

/** Nobody listens any more: the sandbox is gone for good. */
function asLost(error: unknown): unknown {
  const gone = errorCode(error) === 'ECONNREFUSED' || errorCode(error) === 'ENOENT';
  return gone ? new SandboxLost('the sandbox has ended') : error;
}
