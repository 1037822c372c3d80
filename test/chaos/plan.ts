import { Random } from './random.ts';

/** What can be hit, and how: killed is SIGKILL, frozen is SIGSTOP for a while, cut off is connections that end half-way. */
export const strikeKinds = [
  'worker killed',
  'worker frozen',
  'sandbox killed',
  'kernel killed',
  'Temporal killed',
  'Temporal frozen',
  'model killed',
  'model cut off',
] as const;
export type StrikeKind = (typeof strikeKinds)[number];

/** Requests to the model, or sandboxes that were begun. */
export type Moment = { requests: number } | { sandboxes: number };

/** One thing that is done to a run. */
export interface Strike {
  kind: StrikeKind;
  /** It happens once there were so many of these, counted from the start of the run. */
  after: Moment;
  /** And so many milliseconds later. */
  delayMs: number;
  /** Which one of several victims, from 0 up to, not including, 1. */
  choice: number;
  /** How long a frozen process stands still, or how long one that is killed stays away, in milliseconds. */
  forMs: number;
}

export interface Plan {
  seed: number;
  /** Worker processes beside each other. */
  workers: number;
  /** Whether Temporal suggests to continue as new so soon that agents do. */
  continues: boolean;
  strikes: Strike[];
}

/** The plan of an undisturbed run. */
export const nothing: Plan = { seed: 0, workers: 1, continues: false, strikes: [] };

/** Longer than the time after which an activity that is not heard of is given to another worker. */
const longerThanHeartbeats: [number, number] = [11_000, 13_000];

const awayMs: Record<StrikeKind, [number, number]> = {
  'worker killed': [0, 500],
  'worker frozen': longerThanHeartbeats,
  'sandbox killed': [0, 0],
  'kernel killed': [0, 0],
  'Temporal killed': [0, 0],
  'Temporal frozen': [500, 4_000],
  'model killed': [0, 1_500],
  'model cut off': [0, 0],
};

/** What an undisturbed run has of the moments at which something may happen. */
export interface Moments {
  requests: number;
  sandboxes: number;
}

/**
 * Decides what happens to a run, by its seed alone.
 *
 * @param kinds What may be hit.
 */
export function makePlan(seed: number, moments: Moments, kinds: readonly StrikeKind[] = strikeKinds): Plan {
  const random = new Random(seed);
  const chosen = random.several(kinds, random.whole(1, 3));
  // The same again: what was recovered from once may not be the second time.
  const again = chosen.filter((kind) => isQuick(kind) && random.chance(0.3));
  let after: Moment | null = null;
  const strikes: Strike[] = [];
  for (const kind of [...chosen, ...again]) {
    // Some happen at the same time as others.
    if (after === null || !random.chance(0.25)) after = anyMoment(random, moments);
    const [least, most] = awayMs[kind];
    // A sandbox takes a tenth of a second to make.
    const delayMs = random.whole(0, 'sandboxes' in after ? 100 : 200);
    strikes.push({ kind, after, delayMs, choice: random.fraction(), forMs: random.whole(least, most) });
  }
  // A worker that is away for that long leaves its work to another one.
  const workers = chosen.includes('worker frozen') || random.chance(0.3) ? 2 : 1;
  return { seed, workers, continues: random.chance(0.5), strikes };
}

function anyMoment(random: Random, { requests, sandboxes }: Moments): Moment {
  return random.chance(0.25) ? { sandboxes: random.whole(1, sandboxes) } : { requests: random.whole(1, requests - 1) };
}

function isQuick(kind: StrikeKind): boolean {
  return kind === 'worker killed' || kind === 'sandbox killed' || kind === 'kernel killed';
}

/** A plan in one line. */
export function describePlan({ strikes, workers, continues }: Plan): string {
  return [
    ...strikes.map(({ kind, after, delayMs }) => `${kind} ${describeMoment(after)}+${delayMs}ms`),
    ...(workers > 1 ? [`${workers} workers`] : []),
    ...(continues ? ['continued as new'] : []),
  ].join(', ');
}

function describeMoment(moment: Moment): string {
  return 'requests' in moment ? `@${moment.requests}` : `@sandbox ${moment.sandboxes}`;
}
