import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { startScriptedServer } from '../../../src/scripted/server.ts';
import type { RequestEntry } from '../request-log.ts';
import { chaosScript, purposeOf } from '../workload/script.ts';

/**
 * The model's server to be killed. Arguments: its port or 0, and its log of requests, to which it adds before it answers,
 * so that its count survives its death. The message `cut off` lets the next requests end half-way.
 */
const [port = '0', requestLog = ''] = process.argv.slice(2);
const write = (entry: RequestEntry) => appendFileSync(requestLog, `${JSON.stringify(entry)}\n`);

const server = await startScriptedServer({
  scripts: { chaos: chaosScript },
  port: Number(port),
  onRequest: (request) => {
    const entry = { id: randomUUID(), purpose: purposeOf(request) };
    write({ ...entry, what: 'asked', at: Date.now() });
    process.send?.('asked');
    return () => write({ ...entry, what: 'answered', at: Date.now() });
  },
});
process.on('message', () => server.failNext({ kind: 'cut-off', count: 2 }));
process.once('disconnect', () => process.exit());
process.send?.(server.url);
