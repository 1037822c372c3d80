import type { Conversation, Script } from '../../../src/scripted/script.ts';
import type { ScriptedRequest } from '../../../src/scripted/scripted-request.ts';
import { delayOf, weightOf } from './names.ts';
import { type Role, stepsOf } from './steps.ts';

/**
 * The model of the disturbed runs. It goes step by step, and keeps what it knows in the variable `state`. Each cell shows
 * that variable at its end, so that a step whose Python process died is taken again from there.
 */
export const chaosScript: Script = {
  name: 'chaos',
  agent: (conversation) => {
    const content = nextCell(conversation);
    const delayMs = delayOf(`${agentName(conversation)} ${conversation.iteration}`, 30, 120);
    return { content: `\`\`\`python\n${content}\n\`\`\``, delayMs };
  },
  query: (prompt) => {
    const name = prompt.replace('weigh ', '');
    return { content: `${weightOf(name)}`, delayMs: delayOf(name, 40, 240) };
  },
};

/** What a request is for: no two requests of a run are for the same, unless one is repeated. */
export function purposeOf(request: ScriptedRequest): string {
  if (request.kind === 'query') return request.query.prompt;
  const { conversation } = request;
  return `${request.kind} ${agentName(conversation)} ${conversation.iteration}`;
}

function agentName({ firstMessage }: Conversation): string {
  return /grow ([\w.~]+)/.exec(firstMessage)?.[1] ?? 'root';
}

function nextCell(conversation: Conversation): string {
  const roles: Role[] = ['root', 'branch', 'leaf'];
  const steps = stepsOf[roles[conversation.depth] ?? 'leaf'];
  const { done, state, attempt, trouble } = progress(conversation);
  if (trouble !== null) return `SUBMIT(${JSON.stringify(`step ${done + 1} went wrong: ${trouble}`)})`;
  const step = steps[done];
  if (!step) return 'SUBMIT("there is no further step")';
  const name = `${agentName(conversation)}.${done + 1}~${attempt}`;
  const before = done === 0 || attempt > 1 ? `import json\nstate = json.loads('${state}')\n` : '';
  return `${before}${step(name, attempt)}\nprint("done ${done + 1}", json.dumps(state, sort_keys=True))`;
}

interface Progress {
  /** How many steps went well. */
  done: number;
  /** JSON of the state after them. */
  state: string;
  /** Which attempt at the next step comes now, from 1. */
  attempt: number;
  /** What kept a step from going well, if that is nothing to be expected. */
  trouble: string | null;
}

function progress({ messages }: Conversation): Progress {
  const [, ...observations] = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  const now: Progress = { done: 0, state: '{}', attempt: 1, trouble: null };
  for (const observation of observations) {
    const [, done, state] = /^done (\d+) (\{.*\})$/m.exec(observation) ?? [];
    if (state !== undefined) Object.assign(now, { done: Number(done), state, attempt: 1 });
    else if (observation.includes('The Python process died')) now.attempt += 1;
    else now.trouble = observation.slice(0, 500);
  }
  return now;
}
