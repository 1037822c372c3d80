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

const about = {
  none: '',
  dropped: ' What you change in your clone is not handed on: your findings are what counts.',
  'handed-on': ' What you change in your clone is handed on with your answer, as a patch that is taken for you.',
} as const;

/** What a sub-agent is told of its place. `resultLimit` is in characters; `changes`: what becomes of changed files. */
export function subAgentInstructions(resultLimit: number, changes: 'none' | 'dropped' | 'handed-on'): string {
  return (
    'You are a sub-agent: another agent gave you `task` and waits. It gets your answer alone, as a string of at most ' +
    `${formatCount(resultLimit)} characters, and sees nothing of your work: answer the task directly and in full.${about[changes]}`
  );
}
