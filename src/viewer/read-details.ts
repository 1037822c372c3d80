import { promptsOf } from '../activities/ask-prompts.ts';
import { type PartialReply, readPartialReply } from '../activities/partial-reply.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { loadValue, type StoredValue } from '../artifacts/stored-value.ts';
import { answerSources, readCallItems } from '../results/read-call.ts';
import { readIteration } from '../results/read-iteration.ts';
import { readAgent } from '../results/read-run.ts';
import type { AgentRecord, CallItemDocument } from '../results/run-document.ts';
import type { AgentDetail, CallDetail, IterationDetail } from './details.ts';
import { endingOf, iterationDetailOf } from './details-of-document.ts';
import type { RunFeed } from './run-feed.ts';

/** Reads the texts of a run's agents: from the results of those that have ended, else from where the histories say. */
export class DetailReader {
  private readonly store: ArtifactStore;
  /** Results that were read last, as one agent's iterations are looked at in a row. */
  private readonly records = new Map<string, AgentRecord>();

  constructor(store: ArtifactStore) {
    this.store = store;
  }

  /** Null where there is no such agent. */
  async agent(feed: RunFeed, agentId: string): Promise<AgentDetail | null> {
    const record = await this.record(feed, agentId);
    const outline = feed.outline.agents.get(agentId);
    if (record) {
      const { inputs = [], limits } = record;
      const patch = record.patch ? Buffer.from(await this.store.get(record.patch)).toString('utf8') : null;
      const previews = inputs.map(({ preview }) => preview);
      return { ...endingOf(record), inputs: previews, hasInputs: true, patch, limits };
    }
    const live = feed.liveAgents.get(agentId);
    if (!live || !outline) return null;
    const { prepared } = live;
    const output = live.output === null ? null : await loadValue(this.store, live.output);
    return {
      agentId,
      inputs: prepared?.inputs.map(({ preview }) => preview) ?? [],
      hasInputs: true,
      output: output as Record<string, unknown> | null,
      error: outline.error,
      patch: null,
      remarks: outline.remarks,
      summaries: [],
      model: outline.model,
      subModel: prepared?.subModel ?? null,
      limits: prepared?.limits ?? null,
      sandboxId: outline.sandboxId,
    };
  }

  /** The whole value of an input; undefined where there is none of that name. */
  async input(feed: RunFeed, agentId: string, name: string): Promise<unknown> {
    const record = await this.record(feed, agentId);
    const inputs = record?.inputs ?? feed.liveAgents.get(agentId)?.prepared?.inputs ?? [];
    const input = inputs.find((one) => one.name === name);
    return input ? await loadValue(this.store, input.stored) : undefined;
  }

  /** Null where there is no such iteration, or its model has not replied yet. */
  async iteration(feed: RunFeed, agentId: string, index: number): Promise<IterationDetail | null> {
    const record = await this.record(feed, agentId);
    if (record) {
      const detail = iterationDetailOf(record, index);
      const transcript = record.iterations.find((one) => one.index === index)?.transcript;
      if (!detail || !transcript) return detail;
      const { told } = await readIteration(this.store, transcript, null);
      return { ...detail, told };
    }
    const place = feed.liveAgents.get(agentId)?.iterations.get(index);
    if (!place) return null;
    const { cellStatus: _status, ...texts } = await readIteration(this.store, place.transcript, place.output);
    return { index, ...texts, running: texts.code !== null && place.output === null };
  }

  /** What an agent's model has said so far of the reply that it is writing; null where it writes none. */
  async reply(feed: RunFeed, agentId: string): Promise<PartialReply | null> {
    const live = feed.liveAgents.get(agentId);
    return live ? await readPartialReply(this.store, live.lineage) : null;
  }

  /** Null where there is no such call. */
  async call(feed: RunFeed, agentId: string, index: number, callId: string): Promise<CallDetail | null> {
    const record = await this.record(feed, agentId);
    const known = feed.outline.agents.get(agentId)?.iterations.find((one) => one.index === index)?.calls;
    const call = known?.find(({ key }) => key === callId);
    if (!call) return null;
    const live = feed.liveAgents.get(agentId);
    const own = { lineage: live?.lineage ?? '', subModel: live?.prepared?.subModel ?? '' };
    const sources = record ? await answerSources(this.store, record) : [own];
    const { function: name, count } = call;
    const items = await readCallItems(this.store, { callId, function: name, count, sources });
    const asked = live?.asked.get(callId);
    return { items: asked ? await this.withOpen(asked, name, items) : items, complete: true };
  }

  /** Also the prompts that have no answer yet. */
  private async withOpen(asked: StoredValue, name: string, items: CallItemDocument[]): Promise<CallItemDocument[]> {
    const given = await loadValue(this.store, asked);
    const isQuery = typeof given === 'object' && given !== null && 'prompts' in given;
    const prompts = isQuery ? promptsOf({ function: name }, given) : [JSON.stringify(given, null, 2)];
    const known = new Map(items.map((item) => [item.index, item]));
    return prompts.map((prompt, index) => known.get(index) ?? { index, prompt, answer: null });
  }

  /** The results of an agent of this attempt of the run, once it has ended. */
  private async record(feed: RunFeed, agentId: string): Promise<AgentRecord | null> {
    const outline = feed.outline.agents.get(agentId);
    if (!outline || outline.status === 'running') return null;
    const known = this.records.get(agentId);
    const lineage = feed.liveAgents.get(agentId)?.lineage;
    const isOfThisAttempt = (record: AgentRecord) => lineage === undefined || record.lineage === lineage;
    if (known && isOfThisAttempt(known)) return known;
    const record = await readAgent(this.store, agentId);
    if (record === null || !isOfThisAttempt(record)) return null;
    this.records.set(agentId, record);
    for (const oldest of this.records.keys()) {
      if (this.records.size <= rememberedRecords) break;
      this.records.delete(oldest);
    }
    return record;
  }
}

const rememberedRecords = 8;
