import type { AgentError } from '../agent/agent-result.ts';
import type { Limits } from '../agent/limits.ts';
import type { Message } from '../model/model-client.ts';
import type { InputPreview } from '../prompts/input-preview.ts';
import type { CallItemDocument, IterationDocument, SummaryDocument } from '../results/run-document.ts';

/** What the page reads of an agent when somebody looks at it. */
export interface AgentDetail {
  agentId: string;
  inputs: InputPreview[];
  /** Whether an input's whole value can be read. */
  hasInputs: boolean;
  output: Record<string, unknown> | null;
  error: AgentError | null;
  patch: string | null;
  remarks: string[];
  /** What its conversation was shortened to. */
  summaries: SummaryDocument[];
  model: string | null;
  subModel: string | null;
  limits: Limits | null;
  sandboxId: string | null;
}

/** The texts of one iteration. */
export type IterationDetail = Pick<
  IterationDocument,
  'rawResponse' | 'reasoning' | 'code' | 'stdout' | 'stderr' | 'error'
> & {
  index: number;
  /** What was said to the model before it replied; null where that is not at hand. */
  told: Message[] | null;
  /** What a cell that still runs has shown so far comes from elsewhere. */
  running: boolean;
};

/** What was asked and answered in a call. */
export interface CallDetail {
  items: CallItemDocument[];
  /** Whether `items` are all of it, in full; else they are what the results hold. */
  complete: boolean;
}
