import { type Answer, Refusal } from './answer.ts';
import type { Exchange } from './exchange.ts';

/** Answers requests with a method and a path of a form: `:name` stands for one part of it. */
export interface Route<Context> {
  method: string;
  pattern: RegExp;
  act: (context: Context, exchange: Exchange, parameters: Record<string, string>) => Promise<Answer> | Answer;
}

export function route<Context>(method: string, path: string, act: Route<Context>['act']): Route<Context> {
  const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`);
  return { method, pattern, act };
}

/** Answers by the first route that fits; refuses with 404 where none does. */
export async function follow<Context>(
  routes: Route<Context>[],
  context: Context,
  exchange: Exchange,
  path: string,
): Promise<Answer> {
  for (const { method, pattern, act } of routes) {
    if (method !== exchange.method) continue;
    const match = pattern.exec(path);
    if (match === null) continue;
    const parameters = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return act(context, exchange, Object.fromEntries(parameters));
  }
  throw new Refusal(404, `Cannot ${exchange.method} ${exchange.url.pathname}`, 'NOT_FOUND');
}
