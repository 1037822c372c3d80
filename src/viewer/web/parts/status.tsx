import type { AgentOutline, IterationOutline } from '../../outline.ts';

type Tone = 'running' | 'good' | 'bad' | 'warn' | 'quiet';

/** How an agent or a run stands, in a word and a colour that are the same everywhere. */
export function standing({ status, finish }: Pick<AgentOutline, 'status' | 'finish'>): { tone: Tone; text: string } {
  switch (status) {
    case 'running':
      return { tone: 'running', text: 'running' };
    case 'completed':
      return finish === 'limit' ? { tone: 'warn', text: 'answered at a limit' } : { tone: 'good', text: 'completed' };
    case 'failed':
      return { tone: 'bad', text: 'failed' };
    case 'cancelled':
      return { tone: 'quiet', text: 'cancelled' };
  }
}

export function StatusDot({ of }: { of: Pick<AgentOutline, 'status' | 'finish'> }) {
  const { tone, text } = standing(of);
  return <span class={`dot tone-${tone}`} role="img" aria-label={text} title={text} />;
}

export function StatusBadge({ of }: { of: Pick<AgentOutline, 'status' | 'finish'> }) {
  const { tone, text } = standing(of);
  return (
    <span class={`badge tone-${tone}`}>
      <span class="dot" />
      {text}
    </span>
  );
}

const iterationWords: Record<NonNullable<IterationOutline['status']>, { tone: Tone; text: string }> = {
  ok: { tone: 'good', text: 'ok' },
  submitted: { tone: 'good', text: 'submitted' },
  error: { tone: 'bad', text: 'error' },
  timeout: { tone: 'bad', text: 'out of time' },
  interrupted: { tone: 'warn', text: 'interrupted' },
  'kernel-died': { tone: 'bad', text: 'kernel died' },
  'no-code': { tone: 'warn', text: 'no code' },
};

/** How an iteration stands. */
export function iterationStanding({ status, repliedAt, endedAt }: IterationOutline): { tone: Tone; text: string } {
  if (status !== null) return iterationWords[status];
  if (endedAt !== null) return { tone: 'quiet', text: 'cut off' };
  return { tone: 'running', text: repliedAt === null ? 'asking the model' : 'running code' };
}

/** Said wherever a scripted model answered: it is no real one. */
export function ScriptedBadge() {
  return <span class="badge tone-scripted">scripted model</span>;
}
