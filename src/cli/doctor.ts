import type { Command } from 'commander';
import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import { exitCodes } from './exit-codes.ts';
import { writeResult } from './output.ts';
import { onOneLine } from './printable.ts';
import { type SettingsOptions, settingsOf, withSettings } from './settings-options.ts';

/** One thing that must be right: what was found, or an error that says what to do. */
interface Check {
  name: string;
  find(settings: Settings): Promise<string>;
}

const node: Check = {
  name: 'Node.js',
  // One that is too old has been refused by now.
  find: async () => process.version,
};

const sandbox: Check = {
  name: 'sandbox',
  async find(settings) {
    const { createProvider } = await import('../sandbox/create-provider.ts');
    const { openRepl } = await import('../repl/open-repl.ts');
    await using provider = createProvider(settings);
    await provider.check();
    const before = performance.now();
    await using repl = await openRepl({ settings });
    const created = performance.now();
    const { stdout } = await repl.execute('import sys; print(sys.version.split()[0])');
    const executed = performance.now();
    const times = `created in ${(created - before).toFixed(0)} ms, a cell run in ${(executed - created).toFixed(0)} ms`;
    return `${settings.sandbox}, Python ${stdout.trim()}, ${times}`;
  },
};

const repositories: Check = {
  name: 'git',
  async find() {
    const { runGit } = await import('../repository/git.ts');
    return (await runGit(['--version'])).trim();
  },
};

const temporal: Check = {
  name: 'Temporal',
  async find({ temporal: target, worker }) {
    if (target.address === null) {
      const { findTemporal } = await import('../embedded/temporal-binary.ts');
      return `embedded, ${await findTemporal()}`;
    }
    const { connectTemporal } = await import('../temporal-connection.ts');
    const { currentBuild } = await import('../worker/deployment.ts');
    const connection = await connectTemporal({ ...target, address: target.address });
    try {
      const place = `${target.address}, namespace ${target.namespace}`;
      if (worker.deployment === null) return place;
      const { name } = worker.deployment;
      const current = await currentBuild(connection, target.namespace, name);
      if (current !== null) return `${place}, deployment ${name}: new runs begin on ${current}`;
      throw new UsageError(
        `no version of the deployment ${name} is current, so that new runs wait; start a worker with --make-current`,
      );
    } finally {
      await connection.close();
    }
  },
};

const artifacts: Check = {
  name: 'artifacts',
  async find(settings) {
    const { openArtifactStore } = await import('../artifacts/open-store.ts');
    const store = openArtifactStore(settings);
    await store.writeRecord('doctor', Buffer.from(new Date().toISOString()));
    await store.readRecord('doctor');
    return settings.artifacts;
  },
};

const model: Check = {
  name: 'model',
  async find(settings) {
    const [{ createModelClient }, { checkReachable }] = await Promise.all([
      import('../model/create-model-client.ts'),
      import('../model/check-reachable.ts'),
    ]);
    const models = [settings.model, settings.subModel ?? settings.model];
    await using client = createModelClient(settings.models);
    for (const name of models) client.check(name);
    await checkReachable(models, settings.models);
    return [...new Set(models)].join(', ');
  },
};

const scripted: Check = {
  name: 'scripted',
  async find(settings) {
    const { createModelClient } = await import('../model/create-model-client.ts');
    await using client = createModelClient(settings.models);
    const { text } = await client.complete({ model: 'scripted/echo', messages: [{ role: 'user', content: 'hello' }] });
    return `the scripted model answers (${onOneLine(text, 20)}); -m scripted/primes needs no key`;
  },
};

const checks = [node, sandbox, repositories, temporal, artifacts, model, scripted];

/** `rlm doctor`: what works on this machine, and what to do where something does not. */
export function defineDoctor(program: Command, end: (code: number) => void): void {
  const command = program.command('doctor').description('check that everything that runs need is there');
  withSettings(command).action(async (options: SettingsOptions) => {
    end(await examine(settingsOf(options)));
  });
}

async function examine(settings: Settings): Promise<number> {
  let code: number = exitCodes.submitted;
  for (const { name, find } of checks) {
    const { mark, text } = await outcome(() => find(settings));
    if (mark === 'FAIL') code = exitCodes.usage;
    await writeResult(`${mark.padEnd(4)}  ${name.padEnd(10)}  ${text}\n`);
  }
  return code;
}

async function outcome(find: () => Promise<string>): Promise<{ mark: 'ok' | 'FAIL'; text: string }> {
  try {
    return { mark: 'ok', text: await find() };
  } catch (error) {
    return { mark: 'FAIL', text: onOneLine(error instanceof Error ? error.message : String(error), 1_000) };
  }
}
