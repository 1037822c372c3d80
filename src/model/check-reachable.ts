import type { ModelSettings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import { unreachable } from '../unreachable.ts';
import { isEndpoint, routeModel } from './presets.ts';

/**
 * Makes sure that somebody listens where the models are, without asking them anything.
 *
 * Throws {@link UsageError} in one line that names the server and the variable to look at.
 */
export async function checkReachable(models: readonly string[], settings: ModelSettings): Promise<void> {
  const servers = new Map<string, string>();
  for (const model of models) {
    const route = routeModel(model, settings);
    if (isEndpoint(route)) servers.set(route.baseUrl, model);
  }
  await Promise.all([...servers].map(([baseUrl, model]) => checkServer(new URL(baseUrl), model)));
}

async function checkServer(url: URL, model: string): Promise<void> {
  if (usesProxy(url)) return;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const reason = await unreachable(host, Number(url.port) || (url.protocol === 'https:' ? 443 : 80));
  if (reason === null) return;
  const check = model.startsWith('openai/') ? 'OPENAI_BASE_URL and the network' : 'the network';
  throw new UsageError(`cannot reach the server of ${model} at ${url.origin}: ${reason}; check ${check}`);
}

/** Through a proxy, the server need not be reachable from here. */
function usesProxy({ protocol, hostname }: URL): boolean {
  if (['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return false;
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  return Boolean(process.env[name] || process.env[name.toUpperCase()]);
}
