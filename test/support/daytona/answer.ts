import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** What a request is answered with. */
export interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: { json: unknown } | { text: string } | { stream: Readable };
}

export function json<Body>(body: Body, status = 200): Answer {
  return { status, body: { json: body } };
}

/** A request that the service refuses. Each of its parts words it in a form of its own. */
export class Refusal extends Error {
  readonly status: number;
  /** What clients tell errors of the toolbox apart by, such as `FILE_NOT_FOUND`. */
  readonly code: string | undefined;

  constructor(status: number, message: string, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
