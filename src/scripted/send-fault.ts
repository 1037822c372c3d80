import type { ServerResponse } from 'node:http';
import { type Fault, faultReply, isStatusFault } from './faults.ts';
import { sendJson, sendText } from './json-exchange.ts';

/** Fails as the fault says. `whole` is the completion that a fault spoils half-way. A hang sends nothing. */
export function sendFault(
  response: ServerResponse,
  { kind, retryAfter }: Fault,
  { text, type }: { text: string; type: string },
): void {
  if (isStatusFault(kind)) {
    const { status, body: error } = faultReply(kind);
    sendJson(response, status, error, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
    return;
  }
  const headers = { 'content-type': type };
  const half = text.slice(0, text.length / 2);
  switch (kind) {
    case 'hang':
      break;
    case 'malformed':
      sendText(response, 200, half, headers);
      break;
    case 'no-choices':
      sendJson(response, 200, { object: 'chat.completion', choices: [] });
      break;
    case 'cut-off':
      response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) });
      response.write(half, () => response.destroy());
  }
}
