import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ModelUsage } from '../agent/usage.ts';
import type { Records } from '../artifacts/paid-records.ts';
import { ArtifactReference } from '../artifacts/store.ts';
import { StoredValue } from '../artifacts/stored-value.ts';

/** Which agent's attempt a call belongs to: the id of its workflow's first execution, new with every attempt. */
export type Lineage = string;

/** One paid answer of a model, kept before it is used. */
export const QueryAnswer = z.object({
  index: z.number().int().nonnegative(),
  answer: z.union([z.object({ value: z.string() }), z.object({ error: z.string() })]),
  usage: ModelUsage,
  durationMs: z.number(),
  /** What was asked, for those who read it later: the call's arguments, where they are no artifact. */
  prompt: z.string().optional(),
  /** The call's arguments otherwise. */
  asked: ArtifactReference.optional(),
});
export type QueryAnswer = z.infer<typeof QueryAnswer>;

/** The name under which an answer is kept: everything it depends on, so that a retried activity finds it. */
export function answerName(lineage: Lineage, ...parts: (string | number)[]): string {
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `answers/${lineage}/${key}`;
}

/** What a tool was asked and what became of it, kept before it is used. */
export const ToolAnswer = z.object({
  value: z.unknown().optional(),
  error: z.string().optional(),
  asked: StoredValue.optional(),
  durationMs: z.number().optional(),
});
export type ToolAnswer = z.infer<typeof ToolAnswer>;

/**
 * Answers to a range of prompts, written in groups: while one group is being written the next gathers, so that a
 * thousand answers do not make a thousand files. Groups are numbered; a retry reads them until one is missing.
 */
export class AnswerLog {
  private readonly records: Records;
  private readonly name: string;
  private groups = 0;
  private gathering: QueryAnswer[] = [];
  private writing: Promise<void> | null = null;
  private readonly onWritten: (group: QueryAnswer[]) => Promise<void>;

  constructor(records: Records, name: string, onWritten: (group: QueryAnswer[]) => Promise<void>) {
    this.records = records;
    this.name = name;
    this.onWritten = onWritten;
  }

  /** What an earlier attempt wrote. */
  async recover(): Promise<QueryAnswer[]> {
    const groups = await readGroups(this.records, this.name);
    this.groups = groups.length;
    return groups.flat();
  }

  /** Resolves when the answer is written and handed on. */
  async add(answer: QueryAnswer): Promise<void> {
    this.gathering.push(answer);
    while (this.gathering.includes(answer)) {
      // A group that cannot be written or handed on is told to those who added to it; others try theirs.
      if (this.writing) await this.writing.catch(() => {});
      else await this.writeGathered();
    }
    await this.writing;
  }

  private writeGathered(): Promise<void> {
    const group = this.gathering;
    this.gathering = [];
    const name = `${this.name}.${this.groups}`;
    this.groups += 1;
    this.writing = this.records
      .writeRecord(name, Buffer.from(JSON.stringify(group)))
      .then(() => this.onWritten(group))
      .finally(() => {
        this.writing = null;
      });
    return this.writing;
  }
}

/** All answers that a log of that name holds. */
export async function readAllAnswers(records: Records, name: string): Promise<QueryAnswer[]> {
  return (await readGroups(records, name)).flat();
}

async function readGroups(records: Records, name: string): Promise<QueryAnswer[][]> {
  const groups: QueryAnswer[][] = [];
  for (;;) {
    const group = await readAnswers(records, name, groups.length);
    if (group === null) return groups;
    groups.push(group);
  }
}

/** One group of an answer log, or null when there is none of that number. */
export async function readAnswers(records: Records, name: string, group: number): Promise<QueryAnswer[] | null> {
  const bytes = await records.readRecord(`${name}.${group}`);
  return bytes === null ? null : z.array(QueryAnswer).parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
