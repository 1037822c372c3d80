import type { ServerResponse } from 'node:http';
import { type Fault, faultReply, isStatusFault } from './faults.ts';
import { sendJson, sendText } from './json-exchange.ts';

const json = { 'content-type': 'application/json' };

/** Fails as the fault says. `body` is the completion that a fault spoils half-way. A hang sends nothing. */
export function sendFault(response: ServerResponse, { kind, retryAfter }: Fault, body: unknown): void {
  if (isStatusFault(kind)) {
    const { status, body: error } = faultReply(kind);
    sendJson(response, status, error, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
    return;
  }
  const text = JSON.stringify(body);
  const half = text.slice(0, text.length / 2);
  switch (kind) {
    case 'hang':
      break;
    case 'malformed':
      sendText(response, 200, half, json);
      break;
    case 'no-choices':
      sendJson(response, 200, { object: 'chat.completion', choices: [] });
      break;
    case 'cut-off':
      response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(text) });
      response.write(half, () => response.destroy());
  }
}
