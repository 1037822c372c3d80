import { signal } from '@preact/signals';
import { parseRoute, type Route, routeHash } from '../model/route.ts';

/** Where in the page somebody is. */
export const route = signal<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

/** Goes to a place; with `replace`, without a step back to where somebody was. */
export function goTo(to: Route, { replace = false } = {}): void {
  const hash = routeHash(to);
  if (replace) history.replaceState(null, '', hash);
  else if (hash !== location.hash) location.hash = hash;
  // The event comes later, when the next key may have been pressed.
  route.value = to;
}

/** Goes to an agent of the run that is shown, and maybe to one of its iterations, in the same view. */
export function goToAgent(agentId: string, iteration: number | null = null, options = {}): void {
  const view = route.value.page === 'run' ? route.value.view : 'tree';
  goTo({ page: 'run', agentId, iteration, view }, options);
}

/** The address of an agent. */
export function agentHash(agentId: string, iteration: number | null = null): string {
  const view = route.value.page === 'run' ? route.value.view : 'tree';
  return routeHash({ page: 'run', agentId, iteration, view });
}
