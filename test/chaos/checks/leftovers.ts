import { globSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SocketDirectory } from '../../../src/sandbox/local/socket-directory.ts';
import { processesNaming } from '../../support/processes-naming.ts';
import { until } from '../../support/until.ts';
import type { ChaosWorld } from '../world.ts';

/** How long what is left may take to go, in milliseconds: a lost sandbox is deleted beside the run. */
const goneWithinMs = 10_000;

/** What a run left behind, one line each: sandboxes, processes, temporary files. */
export async function checkLeftovers(world: ChaosWorld): Promise<string[]> {
  let left: string[] = [];
  await until(async () => {
    left = [...(await sandboxesLeft(world)), ...processesLeft(world), ...filesLeft(world)];
    return left.length === 0;
  }, goneWithinMs).catch(() => {}); // What is left then is the finding.
  return left;
}

async function sandboxesLeft({ settings: { dataDirectory } }: ChaosWorld): Promise<string[]> {
  const states = globSync('sandboxes/*.json', { cwd: dataDirectory });
  // Reading the name of the folder makes it, as a worker does.
  const sockets = await readdir(dirname(await new SocketDirectory(dataDirectory).path('any')));
  return [...states, ...sockets.map((name) => `socket ${name}`)].map((name) => `left: ${name}`);
}

/** A sandbox's command line names the data directory, and so does a worker's; nobody else has reason to. */
function processesLeft(world: ChaosWorld): string[] {
  const own = world.ownProcesses();
  return processesNaming(world.directory)
    .filter(({ pid }) => !own.has(pid))
    .map(({ pid, command }) => `left: process ${pid}: ${command.slice(0, 200)}`);
}

function filesLeft({ settings: { dataDirectory } }: ChaosWorld): string[] {
  const patterns = ['**/*.tmp', 'host-id.*'];
  return globSync(patterns, { cwd: dataDirectory }).map((name) => `left: ${name}`);
}
