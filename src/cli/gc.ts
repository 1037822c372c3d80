import { type Command, InvalidArgumentError } from 'commander';
import type { Amount } from '../artifacts/store.ts';
import { UsageError } from '../errors.ts';
import { type CollectReport, collectGarbage } from '../gc/collect-garbage.ts';
import { askKnownAgents } from '../gc/known-agents.ts';
import { forgetStoreUser, otherStoreUsers } from '../gc/store-users.ts';
import { askNamespaceId } from '../sweeper/ask-namespace.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { exitCodes } from './exit-codes.ts';
import { formatBytes, formatCounted } from './format-quantities.ts';
import { say, writeResult } from './output.ts';
import { jsonText } from './result-text.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';

interface GcOptions extends SettingsOptions {
  dryRun?: boolean;
  olderThan?: number;
  grace: number;
  forgetOthers?: boolean;
  json?: boolean;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** `rlm gc`: removes artifacts that no retained run refers to. */
export function defineGc(program: Command, end: (code: number) => void): void {
  const command = program
    .command('gc')
    .description('remove the artifacts that no retained run refers to')
    .option('--dry-run', 'say what would be removed')
    .option(
      '--older-than <days>',
      'give up the results of runs that ended before, where Temporal forgot them',
      atLeast0,
    )
    .option('--grace <minutes>', 'keep what was written since', atLeast0, 60)
    .option('--forget-others', 'remove what only runs of other Temporal namespaces refer to')
    .option('--json', 'print JSON');
  withSettings(command).action(async (options: GcOptions) => {
    await collect(options);
    end(exitCodes.submitted);
  });
}

async function collect({ dryRun = false, olderThan, grace, forgetOthers, json, ...options }: GcOptions): Promise<void> {
  await using connection = await connectWithNotices(settingsOf(options));
  const { client, store } = connection;
  const { namespace } = client.options;
  const others = await otherStoreUsers(store, await askNamespaceId(client.connection, namespace));
  if (others.length > 0 && !forgetOthers) {
    const names = others.map((user) => `${user.namespace} (${user.namespaceId})`).join(', ');
    throw new UsageError(
      `the artifact store is also used from other Temporal namespaces, whose runs cannot be seen from here: ${names}; ` +
        'if they are no more, say --forget-others',
    );
  }
  const now = Date.now();
  const report = await collectGarbage(store, {
    askKnownAgents: (onBytes) => askKnownAgents(client, onBytes),
    youngerThan: now - grace * minuteMs,
    endedBefore: olderThan === undefined ? null : now - olderThan * dayMs,
    dryRun,
  });
  if (!dryRun) for (const user of others) await forgetStoreUser(store, user);
  await writeResult(json ? jsonText({ dryRun, ...report }) : `${lines(report, dryRun).join('\n')}\n`);
  if (report.damaged.length > 0) {
    say(`rlm: ${formatCounted(report.damaged.length, 'artifact')} kept, but damaged: ${report.damaged.join(', ')}`);
  }
}

function lines({ removed, kept }: CollectReport, dryRun: boolean): string[] {
  const { blobs, records, leftovers } = removed;
  const left = leftovers.count === 0 ? '' : `, ${amount(leftovers, 'unfinished file')}`;
  return [
    `${dryRun ? 'would remove' : 'removed'} ${amount(blobs, 'artifact')}, ${amount(records, 'record')}${left}`,
    `${dryRun ? 'would keep' : 'kept'} ${amount(kept.blobs, 'artifact')}, ${amount(kept.records, 'record')}`,
  ];
}

function amount({ count, bytes }: Amount, singular: string): string {
  return `${formatCounted(count, singular)} (${formatBytes(bytes)})`;
}

function atLeast0(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0)) throw new InvalidArgumentError('It must be a number, 0 or more.');
  return number;
}
