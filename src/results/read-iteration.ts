import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import type { TranscriptEntry } from '../artifacts/transcript.ts';
import type { Message } from '../model/model-client.ts';
import { parseReply } from '../prompts/parse-reply.ts';
import { EndedEvent, type StreamText } from '../repl/protocol.ts';
import type { IterationDocument } from './run-document.ts';

/** The texts of an iteration. `told` is what was said to the model before it replied. */
export type IterationTexts = Pick<
  IterationDocument,
  'rawResponse' | 'reasoning' | 'code' | 'stdout' | 'stderr' | 'error' | 'cellStatus'
> & { told: Message[] };

/** Reads what the model replied in an iteration and what its cell did, which is not there before the cell has ended. */
export async function readIteration(
  store: ArtifactStore,
  transcript: ArtifactReference,
  output: ArtifactReference | null,
): Promise<IterationTexts> {
  const entry = parse(await store.get(transcript)) as TranscriptEntry;
  const rawResponse = entry.messages.at(-1)?.content ?? '';
  const parsed = parseReply(rawResponse);
  const cell = output ? EndedEvent.parse(parse(await store.get(output))) : null;
  const said = 'reasoning' in parsed ? parsed.reasoning : '';
  return {
    told: entry.messages.slice(0, -1),
    rawResponse,
    reasoning: [entry.reasoning, said].filter((part) => part).join('\n\n'),
    code: parsed.kind === 'code' ? parsed.code : null,
    stdout: cell ? streamText(cell.stdout) : '',
    stderr: cell ? streamText(cell.stderr) : '',
    error: cell ? cellError(cell) : null,
    ...(cell ? { cellStatus: cell.status } : {}),
  };
}

function streamText({ head, tail, length }: StreamText): string {
  if (tail === '') return head;
  return `${head}\n[… ${length - head.length - tail.length} characters were not kept …]\n${tail}`;
}

function cellError({ error, note, status }: EndedEvent): string | null {
  if (error) return error.traceback === '' ? `${error.type}: ${error.message}` : error.traceback;
  return note ?? (status === 'ok' || status === 'submitted' ? null : status);
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
