import { Limits } from '../src/agent/limits.ts';
import { newUsage } from '../src/agent/sum-usage.ts';
import type { ArtifactStore } from '../src/artifacts/store.ts';
import { type AgentRecord, agentRecordName } from '../src/results/run-document.ts';

const startedAt = Date.parse('2026-01-01T00:00:00Z');
const iterationMs = 2_000;

/** Writes the results of a run of so many agents, three deep, with outputs of 10,000 characters. Returns its id. */
export async function writeLargeRun(store: ArtifactStore, agents: number): Promise<string> {
  const runId = `large_${agents}`;
  const ids = [runId];
  const children = new Map<string, string[]>();
  // Each agent has ten sub-agents, the root as many as it takes.
  for (let parent = 0; ids.length < agents; parent += 1) {
    const parentId = ids[parent] ?? runId;
    const wanted = parent === 0 ? Math.ceil(agents / 11) : 10;
    for (let n = 1; n <= wanted && ids.length < agents; n += 1) {
      const id = `${parentId}/1.${n}`;
      ids.push(id);
      children.set(parentId, [...(children.get(parentId) ?? []), id]);
    }
  }
  for (const [place, id] of ids.entries()) {
    const record = recordOf(id, place, children.get(id) ?? []);
    await store.writeRecord(agentRecordName(id), Buffer.from(JSON.stringify(record)));
  }
  return runId;
}

function recordOf(agentId: string, place: number, children: string[]): AgentRecord {
  const depth = agentId.split('/').length - 1;
  const began = startedAt + place * 20;
  const iterations = Array.from({ length: 3 }, (_, n) => ({
    index: n + 1,
    startedAt: new Date(began + n * iterationMs).toISOString(),
    durationMs: iterationMs,
    modelMs: 1_200,
    rawResponse: 'I look further.',
    reasoning: 'I look further.',
    code: `for line in lines[${n * 100}:${n * 100 + 100}]:\n    print(line)`,
    stdout: `line ${n}: something happened there\n`.repeat(280),
    stderr: '',
    error: null,
    calls: [{ ...call, startedAt: new Date(began + n * iterationMs + 1_300).toISOString() }],
  }));
  return {
    ...{ agentId, lineage: agentId, depth, task: `Read part ${place} of the log, and say what went wrong in it` },
    ...{
      status: place % 97 === 96 ? 'failed' : 'completed',
      finish: 'submit',
      output: { answer: `part ${place} is well` },
    },
    ...{
      sandboxId: null,
      model: 'scripted/large',
      startedAt: new Date(began).toISOString(),
      durationMs: 3 * iterationMs,
    },
    ...{ usage: { ...newUsage(depth), iterations: 3, modelCalls: 3, sandboxes: 1 }, iterations, children },
    ...{
      recoveries: 0,
      compactions: 0,
      transcript: null,
      signature: 'task: str -> answer: str',
      limits: Limits.parse({}),
    },
  };
}

const call = { callId: 'c', function: 'llm_query', status: 'ok', durationMs: 500, count: 1, failed: 0 } as const;
