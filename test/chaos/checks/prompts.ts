import { readFileSync } from 'node:fs';
import type { StrikeKind } from '../plan.ts';
import type { ModelRequest } from '../request-log.ts';
import type { Struck } from '../strike.ts';

/**
 * What may make a request in flight be made again, as who asked, who was to answer, or who is to be told is gone; and for
 * how long afterwards, in milliseconds. A worker that stood still does not know at once that its work was given to others.
 */
const excuses: Partial<Record<StrikeKind, number>> = {
  'worker killed': 0,
  'worker frozen': 2_000,
  'Temporal killed': 0,
  'Temporal frozen': 0,
  'model killed': 0,
  'model cut off': 0,
};

/** How long an answer may take from the model's server into the store, in milliseconds. */
const keptWithinMs = 1_000;

export interface PromptFindings {
  /** Prompts that were in flight at a strike, and were answered once more. */
  excused: string[];
  /** Prompts that were answered twice without that. */
  problems: string[];
}

/** Whether every prompt was answered at most once, save those in flight at a strike. */
export function checkPrompts(requests: readonly ModelRequest[], struck: readonly Struck[]): PromptFindings {
  const findings: PromptFindings = { excused: [], problems: [] };
  const before = new Map<string, ModelRequest>();
  for (const request of requests) {
    if (request.answeredAt === null) continue;
    const earlier = before.get(request.purpose);
    before.set(request.purpose, request);
    if (!earlier) continue;
    if (struck.some((strike) => wasInFlight(earlier, strike))) findings.excused.push(request.purpose);
    else findings.problems.push(`answered twice: ${request.purpose}`);
  }
  return findings;
}

function wasInFlight({ askedAt, answeredAt }: ModelRequest, { kind, victim, from, to }: Struck): boolean {
  const afterwardsMs = excuses[kind];
  if (afterwardsMs === undefined || victim === null) return false;
  return from <= (answeredAt ?? askedAt) + keptWithinMs && to + afterwardsMs >= askedAt;
}

/** Whether a tool that is not idempotent was called at most once for each call of a cell. */
export function checkTools(toolLog: string): string[] {
  const bells = readLines(toolLog).filter((line) => line.startsWith('ring '));
  return bells.filter((bell, index) => bells.indexOf(bell) !== index).map((bell) => `called twice: ${bell}`);
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return []; // No tool was called.
  }
}
