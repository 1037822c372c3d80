import type { Client } from '@temporalio/client';
import { AgentState } from '../agent/agent-state.ts';
import { stateQuery } from '../agent/names.ts';
import type { RunOutline } from './outline.ts';
import { totalsOf } from './totals.ts';

/** What a run has used so far. */
export interface SoFar {
  agents: number;
  /** Null: at least one call's price is unknown. */
  costUsd: number | null;
}

/** A run that goes on. A later one with the same id began at another time. */
export interface GoingOn {
  runId: string;
  startedAt: number;
}

/** So many runs are asked at once, each for so long at most, in milliseconds. */
const together = 4;
const answerMs = 2_000;
/** One that does not answer is left alone, each time for twice as long, in milliseconds. */
const firstRestMs = 500;
const lastRestMs = 30_000;

/**
 * What runs have used that go on. Of one that somebody looks at, all is known; of others their root workflow is asked, which
 * knows how many agents there are, and what it and those that have ended spent. What was known stays while none answers.
 */
export class RunningUsage {
  private readonly client: Client;
  private readonly followed: (runId: string) => RunOutline | null;
  private readonly known = new Map<string, SoFar>();
  private readonly resting = new Map<string, { until: number; forMs: number }>();
  private asking = false;

  /** @param followed What is known of a run that somebody looks at; null: nobody does. */
  constructor(client: Client, followed: (runId: string) => RunOutline | null) {
    this.client = client;
    this.followed = followed;
  }

  /** What is known of a run; null: nothing yet. */
  of(run: GoingOn): SoFar | null {
    const outline = this.followed(run.runId);
    if (outline && outline.agents.size > 0) {
      const { agents, costUsd } = totalsOf(outline).usage;
      this.note(run, { agents, costUsd });
    }
    return this.known.get(keyOf(run)) ?? null;
  }

  /** Asks these runs anew, unless the last time still goes on; forgets all others. */
  async refresh(runs: readonly GoingOn[]): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const keys = new Set(runs.map(keyOf));
      for (const map of [this.known, this.resting]) for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
      const next = runs.values();
      const askInTurn = async () => {
        for (const run of next) await this.ask(run);
      };
      await Promise.all(Array.from({ length: together }, askInTurn));
    } finally {
      this.asking = false;
    }
  }

  private async ask(run: GoingOn): Promise<void> {
    const key = keyOf(run);
    const rest = this.resting.get(key);
    if (this.followed(run.runId) || (rest && rest.until > performance.now())) return;
    try {
      const handle = this.client.workflow.getHandle(run.runId);
      const answer = await this.client.withDeadline(Date.now() + answerMs, () => handle.query(stateQuery));
      const state = AgentState.nullable().parse(answer);
      this.resting.delete(key);
      if (state) this.note(run, { agents: state.agents ?? state.usage.agents, costUsd: state.usage.costUsd });
    } catch {
      // It has just begun or ended, or its worker is away: what was known stays.
      const forMs = Math.min(lastRestMs, (rest?.forMs ?? firstRestMs / 2) * 2);
      this.resting.set(key, { until: performance.now() + forMs, forMs });
    }
  }

  /** Both only grow: what one source does not know of yet another may have told. */
  private note(run: GoingOn, { agents, costUsd }: SoFar): void {
    const before = this.known.get(keyOf(run));
    this.known.set(keyOf(run), {
      agents: Math.max(agents, before?.agents ?? 0),
      costUsd: costUsd === null ? null : Math.max(costUsd, before?.costUsd ?? 0),
    });
  }
}

function keyOf({ runId, startedAt }: GoingOn): string {
  return `${runId} ${startedAt}`;
}
