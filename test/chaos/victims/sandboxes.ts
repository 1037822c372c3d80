import { childrenOf, isAlive, killProcess } from '../../../src/sandbox/local/processes.ts';
import { type SandboxState, StateFiles } from '../../../src/sandbox/local/state-files.ts';

/** The local sandboxes of a data directory that live, in the order of their agents. */
async function livingSandboxes(dataDirectory: string): Promise<SandboxState[]> {
  const states = await new StateFiles(dataDirectory).list();
  const living = await Promise.all(states.map(async (state) => ((await isAlive(state.process)) ? [state] : [])));
  const agent = ({ labels }: SandboxState) => labels['rlm.agent'] ?? '';
  return living.flat().sort((a, b) => agent(a).localeCompare(agent(b)));
}

/**
 * Ends a sandbox as a machine that goes down does.
 *
 * @param choice Which one, from 0 up to, not including, 1.
 * @returns Whose it was, or null where there was none.
 */
export async function killSandbox(dataDirectory: string, choice: number): Promise<string | null> {
  const sandboxes = await livingSandboxes(dataDirectory);
  const chosen = sandboxes[Math.floor(choice * sandboxes.length)];
  if (!chosen) return null;
  await killProcess(chosen.process);
  return chosen.labels['rlm.agent'] ?? chosen.id;
}

/** Ends the Python process of a sandbox, whose broker lives. Returns as {@link killSandbox} does. */
export async function killKernel(dataDirectory: string, choice: number): Promise<string | null> {
  const sandboxes = await livingSandboxes(dataDirectory);
  const found = await Promise.all(
    sandboxes.map(async (state) => (await kernelsOf(state)).map((pid) => ({ state, pid }))),
  );
  const kernels = found.flat();
  const chosen = kernels[Math.floor(choice * kernels.length)];
  if (!chosen) return null;
  try {
    process.kill(chosen.pid, 'SIGKILL');
  } catch {
    return null; // It ended meanwhile.
  }
  return chosen.state.labels['rlm.agent'] ?? chosen.state.id;
}

/** The first process of a sandbox has the broker as its child, and that the kernel. */
async function kernelsOf({ process: first }: SandboxState): Promise<number[]> {
  const brokers = (await childrenOf(first.pid)) ?? [];
  const kernels = await Promise.all(brokers.map(childrenOf));
  return kernels.flatMap((pids) => pids ?? []);
}
