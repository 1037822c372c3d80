/** Where in the page somebody is: what its address after `#` says. */
export type Route =
  /** Nothing was said: the newest run opens by itself. */
  { page: 'newest' } | { page: 'runs' } | { page: 'run'; agentId: string; iteration: number | null; view: RunViewName };

/** The ways to look at a run's agents. */
export const runViews = ['tree', 'list', 'timeline'] as const;
export type RunViewName = (typeof runViews)[number];

/** Reads the part of an address after `#`. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const [, page, ...parts] = path.split('/');
  if (page === 'run' && parts.length > 0 && parts[0] !== '') {
    const parameters = new URLSearchParams(query);
    const iteration = Number(parameters.get('iteration'));
    const view = runViews.find((name) => name === parameters.get('view')) ?? 'tree';
    const agentId = parts.map(decode).join('/');
    return { page: 'run', agentId, iteration: Number.isInteger(iteration) && iteration > 0 ? iteration : null, view };
  }
  return page === 'runs' ? { page: 'runs' } : { page: 'newest' };
}

/** The address of a place, from `#` on. */
export function routeHash(route: Route): string {
  if (route.page !== 'run') return route.page === 'runs' ? '#/runs' : '#/';
  const path = route.agentId.split('/').map(encodeURIComponent).join('/');
  const parameters = new URLSearchParams();
  if (route.iteration !== null) parameters.set('iteration', String(route.iteration));
  if (route.view !== 'tree') parameters.set('view', route.view);
  const query = parameters.size > 0 ? `?${parameters}` : '';
  return `#/run/${path}${query}`;
}

/** An address that was typed wrongly is not decoded. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
