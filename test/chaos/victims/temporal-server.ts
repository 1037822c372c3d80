import { setTimeout } from 'node:timers/promises';
import { isRunning, processId } from '../../../src/embedded/process-identity.ts';
import { until } from '../../support/until.ts';
import type { ChaosWorld } from '../world.ts';

/** Kills the Temporal server, and waits until its supervisor has started another one. */
export async function killTemporal({ temporal, client }: ChaosWorld): Promise<boolean> {
  const before = temporal.readState();
  if (before === null || !isRunning(before.server)) return false;
  process.kill(processId(before.server), 'SIGKILL');
  await until(() => {
    const now = temporal.readState();
    return now !== null && now.server !== before.server && isRunning(now.server);
  }, 60_000);
  await until(() =>
    client.workflowService.describeNamespace({ namespace: 'default' }).then(
      () => true,
      () => false,
    ),
  );
  return true;
}

/** Lets the Temporal server stand still for a while. */
export async function freezeTemporal({ temporal }: ChaosWorld, ms: number): Promise<boolean> {
  const state = temporal.readState();
  if (state === null || !isRunning(state.server)) return false;
  process.kill(processId(state.server), 'SIGSTOP');
  await setTimeout(ms);
  process.kill(processId(state.server), 'SIGCONT');
  return true;
}
