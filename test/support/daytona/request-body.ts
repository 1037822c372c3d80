import { z } from 'zod';
import { Refusal } from './answer.ts';
import type { Exchange } from './exchange.ts';

const JsonObject = z.record(z.string(), z.unknown());

/** The JSON object of a request. */
export async function readObject({ body }: Exchange): Promise<Record<string, unknown>> {
  const text = (await body()).toString();
  try {
    return JsonObject.parse(JSON.parse(text));
  } catch {
    throw new Refusal(400, 'invalid request body', 'INVALID_REQUEST_BODY');
  }
}

/** The fields of a form, in order. */
export async function readForm({ body, request }: Exchange): Promise<[string, string | File][]> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(new Uint8Array(await body()), { headers }).formData();
  return [...form.entries()];
}
