import type { RunEvent } from '../client/run-events.ts';
import { formatCost, formatCount, formatCounted, formatDuration } from './format-quantities.ts';
import { onOneLine } from './printable.ts';
import { type RunView, totalsOf } from './run-view.ts';

const shownCharacters = 160;

/** What plain progress says of an event, given the view after it; null: nothing. */
export function eventLine(event: RunEvent, view: RunView): string | null {
  const text = eventText(event, view);
  if (text === null) return null;
  const start = view.agents.get(view.runId)?.startedAt ?? event.at;
  return `[${formatDuration(event.at - start)}] ${event.agentId} ${text}`;
}

function eventText(event: RunEvent, view: RunView): string | null {
  const agent = view.agents.get(event.agentId);
  switch (event.type) {
    case 'agent-started': {
      const scripted = event.depth === 0 && view.scripted ? ' (scripted model)' : '';
      return `started${scripted}${event.task ? `: ${onOneLine(event.task, shownCharacters)}` : ''}`;
    }
    case 'sandbox-rebuilt':
      return 'the sandbox was lost; another one is built, in which the cells run again';
    case 'steered':
      return steeredText(event);
    case 'model-replied':
      return event.code === null ? `iteration ${event.iteration}: the reply holds no code` : null;
    case 'transcript-compacted':
      return `the conversation was shortened: iterations 1 to ${event.iteration} are summed up`;
    case 'call-started':
      return event.count > 1 ? `iteration ${event.iteration}: ${event.function} × ${event.count}` : null;
    case 'cell-ended':
      return `iteration ${event.iteration}: ${event.status}${spendOf(view)}`;
    case 'extraction-started':
      return `answers from what it has: ${onOneLine(event.reason, shownCharacters)}`;
    case 'retrying':
      return `${event.activity}, attempt ${event.attempt}: ${onOneLine(event.message, shownCharacters)}`;
    case 'waiting':
      return `waits: ${onOneLine(event.message, shownCharacters)}`;
    case 'agent-ended': {
      const error = event.error ? `: ${onOneLine(event.error.message, shownCharacters)}` : '';
      const iterations = formatCounted(agent?.iteration ?? 0, 'iteration');
      const duration = formatDuration(event.at - (agent?.startedAt ?? event.at));
      return `${event.status} after ${iterations} in ${duration}${error}`;
    }
    default:
      return null;
  }
}

/** What a user did to an agent. */
export function steeredText({ verb, detail }: Extract<RunEvent, { type: 'steered' }>): string {
  switch (verb) {
    case 'pause':
      return 'is paused';
    case 'resume':
      return 'goes on';
    case 'tell':
      return `was told: ${onOneLine(detail, shownCharacters)}`;
    case 'retry':
      return `starts sub-agent ${detail} afresh`;
  }
}

function spendOf(view: RunView): string {
  const { usage } = totalsOf(view);
  const cost = usage.costUsd === null || usage.costUsd === 0 ? '' : `, ${formatCost(usage.costUsd)}`;
  return ` (run so far: ${formatCount(usage.promptTokens + usage.completionTokens)} tokens${cost})`;
}
