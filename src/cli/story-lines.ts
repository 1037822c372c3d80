import type { Colors } from 'picocolors/types.js';
import type { RunEvent } from '../client/run-events.ts';
import type { EndedEvent, StreamText } from '../repl/protocol.ts';
import { steeredText } from './event-lines.ts';
import { formatCount, formatDuration } from './format-quantities.ts';
import { cutAt, onOneLine, printable } from './printable.ts';
import type { RunView } from './run-view.ts';

/** What is shown of one text at most, and of one of its lines. */
const shownLines = 40;
const shownCharacters = 500;

/**
 * What verbose progress says of an event, indented by the agent's depth: code, output and error of each iteration, and
 * each agent's start and end. `cell` is the cell that ended, where it could be read. `told` is the agent that the line
 * before was about: with several at work, what names no agent gets a heading where it is another's.
 */
export function storyLines(
  event: RunEvent,
  view: RunView,
  colors: Colors,
  cell: EndedEvent | null,
  told = event.agentId,
): string[] {
  const agent = view.agents.get(event.agentId);
  const indent = '    '.repeat(agent?.depth ?? 0);
  const lines = linesOf(event, view, colors, cell);
  if (told !== event.agentId && lines.length > 0 && !namesItsAgent.has(event.type)) {
    lines.unshift('', colors.cyan(`── ${event.agentId} iteration ${agent?.iteration ?? 0}, continued ──`));
  }
  return lines.map((line) => `${indent}${line}`.trimEnd());
}

const namesItsAgent: ReadonlySet<RunEvent['type']> = new Set(['agent-started', 'model-replied', 'agent-ended']);

function linesOf(event: RunEvent, view: RunView, colors: Colors, cell: EndedEvent | null): string[] {
  const agent = view.agents.get(event.agentId);
  const name = colors.bold(event.agentId);
  switch (event.type) {
    case 'agent-started': {
      const scripted = event.depth === 0 && view.scripted ? colors.yellow(' (scripted model)') : '';
      return ['', `▶ ${name}${scripted} started${event.task ? `: ${onOneLine(event.task, 200)}` : ''}`];
    }
    case 'model-replied': {
      const heading = colors.cyan(`── ${event.agentId} iteration ${event.iteration} ──`);
      const reasoning = event.reasoning ? block(event.reasoning, colors.dim) : [];
      return ['', heading, ...reasoning, ...(event.code === null ? ['  (no code)'] : block(event.code, colors.blue))];
    }
    case 'sandbox-rebuilt':
      return [colors.yellow('  the sandbox was lost; another one is built, in which the cells run again')];
    case 'steered':
      return [colors.yellow(`  ${steeredText(event)}`)];
    case 'transcript-compacted':
      return [
        '',
        `  the conversation was shortened: iterations 1 to ${event.iteration} are summed up`,
        ...(event.preview ? block(event.preview, colors.dim) : []),
      ];
    case 'call-started':
      return [colors.dim(`  → ${event.function}${event.count > 1 ? ` × ${event.count}` : ''}`)];
    case 'call-ended':
      return event.failed > 0 ? [colors.yellow(`  ← ${event.function}: ${event.failed} of ${event.count} failed`)] : [];
    case 'cell-ended':
      return cell ? cellLines(cell, colors) : [`  ${event.status}:`, ...block(event.preview)];
    case 'extraction-started':
      return ['', `  answers from what it has: ${onOneLine(event.reason, 300)}`];
    case 'retrying':
      return [colors.yellow(`  ${event.activity}, attempt ${event.attempt}: ${onOneLine(event.message, 300)}`)];
    case 'waiting':
      return [colors.yellow(`  waits: ${onOneLine(event.message, 300)}`)];
    case 'agent-ended': {
      const duration = formatDuration(event.at - (agent?.startedAt ?? event.at));
      const error = event.error ? colors.red(`: ${onOneLine(event.error.message, 1_000)}`) : '';
      return [`◀ ${name} ${event.status} in ${duration}${error}`];
    }
    default:
      return [];
  }
}

function cellLines({ status, stdout, stderr, error, note }: EndedEvent, colors: Colors): string[] {
  const lines = [...stream('output', stdout, colors), ...stream('stderr', stderr, colors)];
  const problem = error ? error.traceback || `${error.type}: ${error.message}` : note;
  if (problem) lines.push(colors.dim('  error:'), ...block(problem, colors.red));
  if (lines.length === 0) lines.push(colors.dim(status === 'ok' ? '  (no output)' : `  (${status})`));
  return lines;
}

function stream(title: string, { head, tail, length }: StreamText, colors: Colors): string[] {
  if (length === 0) return [];
  const text = tail === '' ? head : `${head}\n[… ${length - head.length - tail.length} characters …]\n${tail}`;
  return [colors.dim(`  ${title}:`), ...block(text)];
}

function block(text: string, style: (line: string) => string = (line) => line): string[] {
  return shorten(printable(text.trimEnd())).map((line) => `  │ ${style(line)}`);
}

/** The first and last lines of a text that is too long to be shown whole. */
function shorten(text: string): string[] {
  const lines = text.split('\n');
  const hidden = lines.length - shownLines;
  const kept =
    hidden > 0
      ? [...lines.slice(0, shownLines / 2), `… ${formatCount(hidden)} lines …`, ...lines.slice(-shownLines / 2)]
      : lines;
  return kept.map((line) => cutAt(line, shownCharacters));
}
