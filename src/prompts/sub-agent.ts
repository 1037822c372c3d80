import { showSignature } from '../signature/show.ts';
import type { Field, Signature } from '../signature/signature.ts';
import { formatCount } from './format-count.ts';

const task: Field = { name: 'task', pythonType: 'str', schema: { type: 'string' }, required: true };
const context: Field = { name: 'context', pythonType: 'Any', schema: {}, required: true };
const answer: Field = { name: 'answer', pythonType: 'str', schema: { type: 'string' }, required: true };

/** The signature of an agent that `rlm_query(task, context)` starts. */
export function subAgentSignature(hasContext: boolean): Signature {
  const inputs = hasContext ? [task, context] : [task];
  return { text: showSignature(inputs, [answer]), inputs, outputs: [answer] };
}

/** What a sub-agent is told of its place. `resultLimit` is in characters. */
export function subAgentInstructions(resultLimit: number): string {
  return (
    'You are a sub-agent: another agent gave you `task` and waits. It gets your answer alone, as a string of at most ' +
    `${formatCount(resultLimit)} characters, and sees nothing of your work: answer the task directly and in full.`
  );
}
