import type { Limits } from '../agent/limits.ts';
import { showDescribedField, showField } from '../signature/show.ts';
import type { Signature } from '../signature/signature.ts';
import { formatCount } from './format-count.ts';

/** How an answer is handed in. */
export function submission({ outputs }: Signature): string {
  const call = `SUBMIT(${outputs.map(showField).join(', ')})`;
  const described = outputs.filter(({ description }) => description);
  const details = described.map((field) => `\n- \`${showDescribedField(field)}\``).join('');
  const [only] = outputs;
  const shorthand =
    outputs.length === 1 && only?.pythonType === 'str'
      ? ' `FINAL(text)` and `FINAL_VAR("variable")` do the same for the one field.'
      : '';
  return `To finish, run \`${call}\`, by position or keyword; types are checked.${shorthand} Only executed code submits, and submitting ends the run at once.${details}`;
}

/** What an agent may use. */
export function limitsText({ maxIterations, maxLlmCalls, cellTimeout, outputLimit, timeout }: Limits): string {
  return `Limits: ${formatCount(maxIterations)} replies, ${formatCount(maxLlmCalls)} llm_query prompts, ${formatCount(cellTimeout)} s of run time per block (waiting for answers not counted), ${formatCount(outputLimit)} characters shown of a block's output, ${formatCount(timeout)} s in all. What is left stands below each output.`;
}
