import { type RunWorkerOptions, runWorker } from '../worker.ts';
import { Interruptions } from './interruptions.ts';
import { noticeTeller, say } from './output.ts';

/** Runs a worker until SIGINT or SIGTERM, or until `enough` resolves; then lets it finish what it is doing. */
export async function serveUntilTold(
  options: RunWorkerOptions,
  onReady: () => void,
  enough: () => Promise<unknown> = () => new Promise(() => {}),
): Promise<void> {
  using interruptions = new Interruptions();
  await using worker = await runWorker({ onProgress: noticeTeller({}), ...options });
  onReady();
  const told = await Promise.race([worker.stopped, interruptions.next(), enough()]);
  if (told === 'SIGINT' || told === 'SIGTERM') say('stopping');
}
