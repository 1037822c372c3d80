import { inject } from 'vitest';
import { startWorldAt, type World, type WorldOptions } from './world-at.ts';

export { reply, type World, type WorldOptions, type WorldRun } from './world-at.ts';

/** A world of its own at the Temporal server that all integration tests share. */
export function startWorld(options: WorldOptions = {}): Promise<World> {
  const server = { temporalAddress: inject('temporalAddress'), workflowBundlePath: inject('workflowBundlePath') };
  return startWorldAt(server, options);
}
