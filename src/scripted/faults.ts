import { z } from 'zod';

/** The ways in which a request can fail. */
export const FaultKind = z.enum([
  'rate-limited',
  'server-error',
  'overloaded',
  'unauthorized',
  'not-found',
  'rejected',
  'context-length',
  /** No answer at all until the client gives up. */
  'hang',
  /** The connection ends in the middle of the body. */
  'cut-off',
  /** Status 200 and half a JSON document, as if it were whole. */
  'malformed',
  /** Status 200 and JSON that is no completion. */
  'no-choices',
]);
export type FaultKind = z.infer<typeof FaultKind>;

export const Fault = z.strictObject({
  kind: FaultKind,
  /** The Retry-After header: seconds, or an HTTP date. */
  retryAfter: z.union([z.number(), z.string()]).optional(),
});
export type Fault = z.infer<typeof Fault>;

/** Which of the next requests fail, and how. */
export const FaultOrder = Fault.extend({
  /** How many of the requests that match. Default: 1. */
  count: z.number().int().positive().default(1),
  /** Only requests for this model. */
  model: z.string().optional(),
  /** Only requests of this purpose. */
  request: z.enum(['agent', 'summary', 'extraction', 'query']).optional(),
});
export type FaultOrder = z.input<typeof FaultOrder>;

/** The failures that are answers with a status of their own. */
export type StatusFault = Exclude<FaultKind, 'hang' | 'cut-off' | 'malformed' | 'no-choices'>;

/** Status, code and message. */
const statuses: Record<StatusFault, [number, string, string]> = {
  'rate-limited': [429, 'rate_limit_exceeded', 'Rate limit reached for requests'],
  'server-error': [500, 'server_error', 'The server had an error while processing the request'],
  overloaded: [503, 'overloaded', 'The model is overloaded'],
  unauthorized: [401, 'invalid_api_key', 'Incorrect API key provided'],
  'not-found': [404, 'model_not_found', 'The model does not exist'],
  rejected: [400, 'invalid_request_error', 'The request was rejected'],
  'context-length': [400, 'context_length_exceeded', "This model's maximum context length is 8192 tokens"],
};

export function isStatusFault(kind: FaultKind): kind is StatusFault {
  return Object.hasOwn(statuses, kind);
}

/** The answer that a provider gives for a failure. */
export function faultReply(kind: StatusFault): { status: number; body: ErrorBody } {
  const [status, code, message] = statuses[kind];
  return { status, body: errorBody(code, message) };
}

/** How OpenAI refuses a conversation of more tokens than the model takes. */
export function tooLongBody(contextWindow: number, promptTokens: number): ErrorBody {
  return errorBody(
    'context_length_exceeded',
    `This model's maximum context length is ${contextWindow} tokens. However, your messages resulted in ${promptTokens} tokens. Please reduce the length of the messages.`,
  );
}

export interface ErrorBody {
  error: { message: string; type: string; code: string; param: null };
}

export function errorBody(code: string, message: string): ErrorBody {
  return { error: { message, type: code, code, param: null } };
}

/** Faults that were ordered and have not happened yet; the first that matches a request happens to it. */
export class FaultQueue {
  private orders: (z.output<typeof FaultOrder> & { left: number })[] = [];

  add(order: FaultOrder): void {
    const complete = FaultOrder.parse(order);
    this.orders.push({ ...complete, left: complete.count });
  }

  take(request: { model: string; kind: string }): Fault | null {
    const order = this.orders.find(
      ({ model, request: kind }) =>
        (model === undefined || model === request.model) && (kind === undefined || kind === request.kind),
    );
    if (!order) return null;
    order.left -= 1;
    if (order.left === 0) this.orders = this.orders.filter((other) => other !== order);
    return order;
  }

  clear(): void {
    this.orders = [];
  }
}
