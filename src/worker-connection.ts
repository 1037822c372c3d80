import { NativeConnection } from '@temporalio/worker';
import { connectionOptions, explained, type TemporalTarget } from './temporal-connection.ts';

/** Connects a worker. Throws `UsageError` in one line when the server cannot be reached or refuses. */
export async function connectWorker(target: TemporalTarget): Promise<NativeConnection> {
  return explained(target, async () => NativeConnection.connect(await connectionOptions(target)));
}
