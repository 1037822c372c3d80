import { SandboxLost, SandboxUnavailable } from '../../errors.ts';
import type { BrokerRequest, BrokerTransport } from '../provider.ts';
import { type PreviewReach, PreviewUnreachable } from './preview-reach.ts';

/** Where the broker's port is reached from outside, and what lets one in. */
export interface PreviewLink {
  url: string;
  token: string;
}

/** What a proxy on the way surely lets through. */
const largestBody = 4 * 1024 * 1024;

const defaultTimeoutMs = 10_000;

export interface PreviewOptions {
  brokerToken: string;
  /** A link that is valid now; asked for again when it has expired. */
  link(): Promise<PreviewLink>;
  reach: PreviewReach;
  /** Says what became of a sandbox that does not answer as a broker does: throws {@link SandboxLost} where it is gone. */
  examine(): Promise<void>;
}

/** Speaks HTTP to a broker through Daytona's preview link. */
export class PreviewTransport implements BrokerTransport {
  readonly largestBody = largestBody;
  private readonly options: PreviewOptions;
  private link: Promise<PreviewLink> | null = null;

  constructor(options: PreviewOptions) {
    this.options = options;
  }

  async request(request: BrokerRequest): Promise<{ status: number; body: unknown }> {
    let answer = await this.exchange(request);
    if (isRefusal(answer)) {
      // The link's token may have expired.
      this.link = null;
      answer = await this.exchange(request);
    }
    if (isBrokers(answer)) return answer;
    await this.options.examine();
    throw new SandboxUnavailable(`the preview link answered ${answer.status} to ${request.method} ${request.path}`);
  }

  private async exchange(request: BrokerRequest): Promise<Answer> {
    const { method, path, body, signal, timeoutMs = defaultTimeoutMs } = request;
    const { url, token } = await this.currentLink();
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(new URL(path, withSlash(url)), {
        method,
        redirect: 'manual', // to a login page, where the token is not taken
        headers: {
          'x-daytona-preview-token': token,
          'x-daytona-skip-preview-warning': 'true',
          'x-rlm-token': this.options.brokerToken,
        },
        ...(body === undefined ? {} : { body: encode(body) }),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      this.options.reach.isProven = true;
      return { status: response.status, body: parse(await response.text()) };
    } catch (error) {
      signal?.throwIfAborted();
      const why = limit.aborted ? `no answer to ${method} ${path} within ${timeoutMs} ms` : reason(error);
      // Where no link was ever reached, the way there is closed; else this one connection was cut.
      if (!this.options.reach.isProven) throw new PreviewUnreachable(`${url}: ${why}`);
      await this.options.examine();
      throw new SandboxUnavailable(`the preview link gave no answer: ${why}`);
    }
  }

  private currentLink(): Promise<PreviewLink> {
    if (this.link === null) {
      const link = this.options.link();
      this.link = link;
      link.catch(() => {
        this.link = null; // the next request asks anew
      });
    }
    return this.link;
  }
}

interface Answer {
  status: number;
  /** Undefined where it is no JSON. */
  body: unknown;
}

/** A broker answers in JSON, and what it refuses has an `error` and nothing else; all else is the proxy's. */
function isBrokers({ status, body }: Answer): boolean {
  if (body === undefined) return false;
  if (status === 200) return true;
  return typeof body === 'object' && body !== null && Object.keys(body).join() === 'error';
}

/** The proxy's no: a redirection to a login page, or a plain one. */
function isRefusal(answer: Answer): boolean {
  const { status } = answer;
  return (status >= 300 && status < 400) || ((status === 401 || status === 403) && !isBrokers(answer));
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function encode(body: unknown): Uint8Array<ArrayBuffer> | string {
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reason(error: unknown): string {
  const cause = causeOf(error);
  return cause?.code ?? (error instanceof Error ? error.message : String(error));
}

/** What `fetch` hides behind "fetch failed". */
function causeOf(error: unknown): NodeJS.ErrnoException | null {
  return error instanceof Error && error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : null;
}
