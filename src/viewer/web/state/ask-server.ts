import type { VerbOutcome } from '../../verbs.ts';

/** Asks the server. Throws an `Error` with its one line where it refuses, and returns null where there is none of that. */
export async function askServer<T>(path: string, parameters: Record<string, string | number> = {}): Promise<T | null> {
  const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const response = await fetch(query.size > 0 ? `${path}?${query}` : path);
  if (response.status === 404) return null;
  return await answerOf<T>(response);
}

/** Tells the server to do something; returns what came of it. */
export async function tellServer(path: string, body: unknown): Promise<VerbOutcome> {
  const headers = { 'content-type': 'application/json' };
  return await answerOf(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function answerOf<T>(response: Response): Promise<T> {
  const answer = (await response.json()) as T & { error?: string };
  if (!response.ok) throw new Error(answer.error ?? `the server says ${response.status}`);
  return answer;
}
