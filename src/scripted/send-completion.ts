import type { ServerResponse } from 'node:http';
import type { completionBody } from './completion-body.ts';
import { sendJson, sendText } from './json-exchange.ts';

type Body = ReturnType<typeof completionBody>;

const eventStream = { 'content-type': 'text/event-stream' };

/** The text of a reply to a client: one JSON document, or the same as server-sent events. */
export function completionText(body: Body, stream: boolean): { text: string; type: string } {
  if (!stream) return { text: JSON.stringify(body), type: 'application/json' };
  const { content } = messageOf(body);
  return { text: [...opening(body), piece(body, content), ...ending(body)].join(''), type: 'text/event-stream' };
}

/** Sends a completion, as server-sent events where the client asked for them: its text in the pieces given, or at once. */
export async function sendCompletion(
  response: ServerResponse,
  body: Body,
  stream: boolean,
  pieces: ((content: string) => AsyncIterable<string>) | undefined,
): Promise<void> {
  if (!stream) return sendJson(response, 200, body);
  if (pieces === undefined) return sendText(response, 200, completionText(body, true).text, eventStream);
  if (response.destroyed) return;
  response.writeHead(200, eventStream);
  response.write(opening(body).join(''));
  for await (const content of pieces(messageOf(body).content ?? '')) {
    if (response.destroyed) return;
    response.write(piece(body, content));
  }
  response.end(ending(body).join(''));
}

/** Who speaks, and the thoughts of one who thinks. */
function opening(body: Body): string[] {
  const { content: _content, ...rest } = messageOf(body);
  return [event(body, { delta: rest, finish_reason: null })];
}

function piece(body: Body, content: string | null): string {
  return event(body, { delta: { content }, finish_reason: null });
}

function ending(body: Body): string[] {
  const { usage, ...rest } = body;
  const counted = { ...rest, object: 'chat.completion.chunk', choices: [], usage };
  return [
    event(body, { delta: {}, finish_reason: 'stop' }),
    `data: ${JSON.stringify(counted)}\n\n`,
    'data: [DONE]\n\n',
  ];
}

function event({ id, created, model }: Body, choice: Record<string, unknown>): string {
  const chunk = { id, object: 'chat.completion.chunk', created, model, choices: [{ index: 0, ...choice }] };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function messageOf({ choices: [choice] }: Body) {
  if (choice === undefined) throw new TypeError('a completion has a choice');
  return choice.message;
}
