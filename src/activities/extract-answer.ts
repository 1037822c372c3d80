import type { Extraction } from '../agent/turn.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import { storeValue } from '../artifacts/stored-value.ts';
import { extractionMessage, extractionRetryMessage, outputsSchema, parseJsonObject } from '../prompts/extraction.ts';
import type { Signature } from '../signature/signature.ts';
import { activity } from './activity-scope.ts';
import type { Lineage } from './answer-record.ts';
import { checkOutputs } from './check-outputs.ts';
import { converseWithin } from './converse-within.ts';
import type { Dependencies } from './dependencies.ts';

export interface ExtractAnswerInput {
  lineage: Lineage;
  attempt: number;
  model: string;
  transcript: ArtifactReference;
  signature: Signature;
  definition: string | null;
  /** Why the agent must answer now. */
  reason: string;
  /** What was wrong with the extraction before, when there was one. */
  problems: string[] | null;
  /** About how many tokens of the conversation are sent; absent: all of it. */
  fitTokens?: number;
}

/** Asks for the outputs, from what the transcript holds, as one JSON object. */
export function extractAnswerActivity(dependencies: Dependencies) {
  return activity(async (input: ExtractAnswerInput, signal): Promise<Extraction> => {
    const { signature, problems } = input;
    const content = problems ? extractionRetryMessage(problems) : extractionMessage(signature, input.reason);
    const { text, usage, transcript } = await converseWithin(
      input.fitTokens ?? null,
      dependencies,
      { ...input, step: `extraction ${input.attempt}` },
      [{ role: 'user', content }],
      { signal, jsonSchema: outputsSchema(signature.outputs) },
    );
    const parsed = parseJsonObject(text);
    if (!parsed)
      return { transcript, usage, outcome: { kind: 'invalid', problems: ['the reply holds no JSON object'] } };
    const checked = await checkOutputs(dependencies.agents, input.definition, signature.outputs, parsed);
    if (!checked.ok) return { transcript, usage, outcome: { kind: 'invalid', problems: checked.problems } };
    return {
      transcript,
      usage,
      outcome: { kind: 'valid', output: await storeValue(dependencies.store, checked.values) },
    };
  });
}
