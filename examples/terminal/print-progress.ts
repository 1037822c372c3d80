import type { RunEvent, RunHandle } from 'durable-rlm';

/** Prints what happens in a run, a line each, indented by depth, until it ends. `verbose`: with code and output. */
export async function printProgress(run: RunHandle<unknown>, { verbose = false } = {}): Promise<void> {
  const startedAt = Date.now();
  for await (const event of run.events()) {
    const text = describe(event, verbose);
    if (text === null) continue;
    const indent = '  '.repeat(event.agentId.split('/').length);
    const time = `${((event.at - startedAt) / 1_000).toFixed(1)} s`.padStart(8);
    console.error(`${time}${indent}${nameOf(event)}${text.trimEnd().replaceAll('\n', `\n        ${indent}  `)}`);
  }
}

/** The root has no name among its lines; a sub-agent's is its place in its parent, such as `2.1`. */
function nameOf({ agentId }: RunEvent): string {
  const [, ...place] = agentId.split('/');
  return place.length === 0 ? '' : `sub-agent ${place.join('/')}: `;
}

function describe(event: RunEvent, verbose: boolean): string | null {
  switch (event.type) {
    case 'model-replied': {
      const code = verbose && event.code !== null ? `\n${shorten(event.code, 2_000)}` : '';
      return `iteration ${event.iteration}: ${firstLine(event.reasoning)}${code}`;
    }
    case 'cell-ended':
      return verbose && event.preview !== '' ? `output:\n${shorten(event.preview, 2_000)}` : null;
    case 'call-started':
      return `${event.function}${event.count > 1 ? ` × ${event.count}` : ''}`;
    case 'call-ended':
      return event.failed > 0 ? `${event.failed} of ${event.count} in ${event.function} failed` : null;
    case 'retrying':
      return `trying again: ${event.message}`;
    case 'agent-ended':
      return event.error ? `${event.status}: ${event.error.message}` : event.status;
    default:
      return null;
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
