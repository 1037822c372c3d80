import { setTimeout } from 'node:timers/promises';
import type { Strike } from './plan.ts';
import type { KeptProcess } from './processes/kept-process.ts';
import { killKernel, killSandbox } from './victims/sandboxes.ts';
import { freezeTemporal, killTemporal } from './victims/temporal-server.ts';
import type { ChaosWorld } from './world.ts';

/** A strike that happened; `victim` is null where there was nothing to hit. */
export interface Struck extends Strike {
  victim: string | null;
  /** Milliseconds since the epoch: when it was hit, and when what was frozen or away was back. */
  from: number;
  to: number;
}

/** Carries out the strikes of a run, each when its time has come. Those whose time never comes are left out. */
export async function strikeAll(
  world: ChaosWorld,
  workers: readonly KeptProcess[],
  strikes: readonly Strike[],
  runEnded: AbortSignal,
): Promise<Struck[]> {
  const carriedOut = strikes.map(async (strike): Promise<Struck[]> => {
    try {
      await world.reached(strike.after, runEnded);
      await setTimeout(strike.delayMs, null, { signal: runEnded });
    } catch (error) {
      if (runEnded.aborted) return [];
      throw error;
    }
    const from = Date.now();
    const victim = await carryOut(world, workers, strike);
    return [{ ...strike, victim, from, to: Date.now() }];
  });
  return (await Promise.all(carriedOut)).flat();
}

async function carryOut(
  world: ChaosWorld,
  workers: readonly KeptProcess[],
  { kind, choice, forMs }: Strike,
): Promise<string | null> {
  const { dataDirectory } = world.settings;
  const number = Math.floor(choice * workers.length);
  const worker = workers[number];
  const named = (name: string, hit: boolean | undefined) => (hit ? name : null);
  switch (kind) {
    case 'worker killed':
      return named(`worker ${number + 1}`, await worker?.kill(forMs));
    case 'worker frozen':
      return named(`worker ${number + 1}`, await worker?.freeze(forMs));
    case 'sandbox killed':
      return killSandbox(dataDirectory, choice);
    case 'kernel killed':
      return killKernel(dataDirectory, choice);
    case 'Temporal killed':
      return named('the server', await killTemporal(world));
    case 'Temporal frozen':
      return named('the server', await freezeTemporal(world, forMs));
    case 'model killed': {
      const hit = await world.model.kill(forMs);
      await world.model.whenReady();
      return named('the server', hit);
    }
    case 'model cut off':
      world.model.send('cut off');
      return 'the next requests';
  }
}
