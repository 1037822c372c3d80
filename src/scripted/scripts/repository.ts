import { type Conversation, defineScript } from '../script.ts';
import { nextStep, pythonOf, type Step } from '../steps.ts';

const python = pythonOf(import.meta.url);

const verify: Step = {
  thought: 'Now the tests show whether that was it.',
  code: python('verify'),
  shows: 'the tests now end with code',
};

const root: readonly Step[] = [
  {
    thought: 'First I read the task and look at the repository.',
    code: python('explore'),
    shows: 'TODO comments stand in',
  },
  {
    thought: 'What do the tests say?',
    code: python('test'),
    shows: 'the tests ended with code',
  },
  {
    thought: 'Each module is work of its own: I give it to a sub-agent, all at once.',
    code: python('delegate'),
    shows: 'TODO comments were judged in',
  },
  {
    thought: 'A TODO can only explain a failing test whose code comes to where it stands. Of these I want the easiest.',
    code: python('choose'),
    shows: 'TODO comments are chosen from',
  },
  {
    thought: 'I fix the easiest one.',
    code: python('fix'),
    shows: 'edit_file says',
  },
  verify,
  {
    thought: 'I report what I did, and what is left.',
    code: python('report'),
    shows: null,
  },
];

const module: readonly Step[] = [
  {
    thought: 'Where are they?',
    code: python('find'),
    shows: 'TODO comments of',
  },
  {
    thought: 'A sub-agent for each file reads the code around them.',
    code: python('divide'),
    shows: 'answers of',
  },
  {
    thought: 'That is all of them.',
    code: python('answer'),
    shows: null,
  },
];

const file: readonly Step[] = [
  {
    thought: 'I read the functions that they stand in.',
    code: python('read'),
    shows: 'TODO comments in',
  },
  {
    thought: 'How much work each of them is takes judgement: I ask a query for each, with its code.',
    code: python('judge'),
    shows: null,
  },
];

/**
 * Investigates the TODO comments of a Python repository with a tree of agents, a sub-agent for each module and below it
 * one for each file, and fixes the easiest that explains a failing test. It explores any repository; but the only fix
 * that it knows is the one of examples/repository, and elsewhere it changes nothing and says so.
 */
export default defineScript({
  name: 'repository',
  agent: (conversation) => nextStep(conversation, stepsOf(conversation)),
  query: (prompt) => judge(prompt),
});

function stepsOf({ depth, lastObservation }: Conversation): readonly Step[] {
  if (depth > 0) return depth === 1 ? module : file;
  const isUnchanged = lastObservation?.includes('edit_file says: nothing') ?? false;
  return isUnchanged ? root.filter((step) => step !== verify) : root;
}

/** Words by which a TODO tells how much it asks for, the most first. */
const hints: readonly [effort: 'large' | 'medium', pattern: RegExp][] = [
  ['large', /\b(replace|rewrite|redesign|migrate|merge|protocol|threads?|concurren\w+|support for)\b/i],
  ['medium', /\b(table|cache|wrap|parse|refactor|configur\w+|read|performance|faster|instead of)\b/i],
];

/** Above so many lines, even a small change takes care. */
const longFunction = 40;

/** How much work a TODO is, by its words and by how long the code around it is; in the form that the prompt asks for. */
function judge(prompt: string): string {
  const todo = /^TODO: (.*)$/m.exec(prompt)?.[1] ?? '';
  const lines = Number(/function of (\d+) lines/.exec(prompt)?.[1] ?? 0);
  for (const [effort, pattern] of hints) {
    const word = pattern.exec(todo)?.[0];
    if (word !== undefined) return `${effort} | it says "${word.toLowerCase()}"`;
  }
  if (lines > longFunction) return `medium | ${lines} lines of code around it`;
  return `small | ${lines} lines of code around it`;
}
