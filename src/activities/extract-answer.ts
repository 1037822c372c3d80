import type { Extraction, Turn } from '../agent/turn.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import { storeValue } from '../artifacts/stored-value.ts';
import { extractionMessage, extractionRetryMessage, outputsSchema, parseJsonObject } from '../prompts/extraction.ts';
import type { Signature } from '../signature/signature.ts';
import { activity } from './activity-scope.ts';
import type { Lineage } from './answer-record.ts';
import { turnMessages } from './call-model.ts';
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
  /** What the model has not been shown yet. */
  unseen: Turn | null;
  /** About how many tokens of the conversation are sent; absent: all of it. */
  fitTokens?: number;
}

/** Asks for the outputs, from what the transcript holds, as one JSON object. */
export function extractAnswerActivity(dependencies: Dependencies) {
  return activity(async (input: ExtractAnswerInput, _signal, _report, patience): Promise<Extraction> => {
    const { signature, problems, unseen } = input;
    const request = problems ? extractionRetryMessage(problems) : extractionMessage(signature, input.reason);
    const shown = unseen === null ? [] : await turnMessages(dependencies.store, unseen);
    const content = [...shown.map((message) => message.content), request].join('\n\n');
    const { text, usage, transcript } = await converseWithin(
      input.fitTokens ?? null,
      dependencies,
      { ...input, step: `extraction ${input.attempt}` },
      [{ role: 'user', content }],
      { patience, jsonSchema: outputsSchema(signature.outputs) },
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
