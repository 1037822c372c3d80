import { z } from 'zod';
import { ArtifactReference } from '../artifacts/store.ts';
import { StoredValue } from '../artifacts/stored-value.ts';
import { Usage } from './usage.ts';

/** How a run or an agent stands at its end. */
export const Status = z.enum(['completed', 'failed', 'cancelled']);
export type Status = z.infer<typeof Status>;

/** `submit`: the model submitted. `limit`: it was made to answer, or failed to, when a limit was reached. */
export const Finish = z.enum(['submit', 'limit']);
export type Finish = z.infer<typeof Finish>;

/** What the workflow of an agent returns when it has an answer. */
export const AgentResult = z.object({
  status: z.literal('completed'),
  finish: Finish,
  output: StoredValue,
  /** What it changed in its clone of a repository; null: nothing, or it has none. */
  patch: ArtifactReference.nullable(),
  /** Of the agent and everything below it. */
  usage: Usage,
});
export type AgentResult = z.infer<typeof AgentResult>;

/** What the failure of an agent's workflow carries in its details. */
export const AgentFailureDetails = z.object({ finish: Finish.nullable(), usage: Usage });
export type AgentFailureDetails = z.infer<typeof AgentFailureDetails>;

/** Why an agent has no answer. */
export const AgentError = z.object({ type: z.string(), message: z.string() });
export type AgentError = z.infer<typeof AgentError>;
