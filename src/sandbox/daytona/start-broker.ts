import type { Sandbox } from '@daytonaio/sdk';
import { z } from 'zod';
import { SandboxRefused, SandboxUnavailable } from '../../errors.ts';
import { brokerModule, readBrokerSources } from '../../repl/sources.ts';
import { workspacePlaces } from '../provider.ts';

export const brokerPort = 3_000;

const session = 'rlm-broker';

/** What the sandbox said of itself. */
const Machine = z.object({
  /** Where the broker's modules go. */
  home: z.string(),
  python: z.string().nullable(),
  git: z.boolean(),
  /** Directories that could not be made. */
  missing: z.array(z.string()),
});

export interface BrokerStart {
  token: string;
  leaseSeconds: number;
  /** Whether a clone is to be made: that takes git, and places for it. */
  workspace: boolean;
  /** How the image or snapshot is called, for messages. */
  image: string;
}

/** Starts the broker in a sandbox that has none. Throws {@link SandboxRefused} where the image lacks what it needs. */
export async function startBroker(sandbox: Sandbox, start: BrokerStart): Promise<void> {
  const { directory, source, state } = workspacePlaces;
  const command = examination(start.workspace ? [directory, source, state] : []);
  const { result } = await sandbox.process.executeCommand(command, undefined, undefined, 60);
  const machine = readMachine(result);
  check(machine, start);

  const { token, leaseSeconds } = start;
  const config = {
    token,
    leaseSeconds,
    listen: { port: brokerPort },
    memoryBytes: null,
    dataBytes: null,
    processes: null,
  };
  const files = (await readBrokerSources()).map(({ name, text }) => ({ name, text }));
  files.push({ name: 'config.json', text: JSON.stringify(config) });
  const { home } = machine;
  await sandbox.fs.uploadFiles(
    files.map(({ name, text }) => ({ source: Buffer.from(text), destination: `${home}/${name}` })),
  );

  await sandbox.process.createSession(session).catch(() => {}); // it is there already: an attempt before made it
  const program = `python3 -s -S -B ${home}/${brokerModule} ${home}/config.json`;
  await sandbox.process.executeSessionCommand(session, {
    command: `cd && PYTHONHASHSEED=0 ${program}`,
    runAsync: true,
  });
}

function readMachine(result: string): z.output<typeof Machine> {
  try {
    return Machine.parse(JSON.parse(result.trim().split('\n').at(-1) ?? ''));
  } catch {
    throw new SandboxUnavailable(`the sandbox cannot be examined: ${result.trim().slice(-300)}`);
  }
}

/** Makes the directories, as root where the user may become that, and prints what there is as one line of JSON. */
function examination(directories: string[]): string {
  return `home=$HOME/.rlm
mkdir -p "$home" && test -w "$home" || home=$(mktemp -d)
missing=""
for d in ${directories.join(' ')}; do
  mkdir -p "$d" 2>/dev/null && test -w "$d" || sudo -n install -d -o "$(id -u)" -g "$(id -g)" "$d" >/dev/null 2>&1 || missing="$missing\\"$d\\","
done
python=$(python3 -c 'import sys; print("\\"%d.%d\\"" % sys.version_info[:2])' 2>/dev/null || echo null)
git=$(git --version >/dev/null 2>&1 && echo true || echo false)
echo "{\\"home\\": \\"$home\\", \\"python\\": $python, \\"git\\": $git, \\"missing\\": [\${missing%,}]}"`;
}

function check({ python, git, missing }: z.output<typeof Machine>, { image, workspace }: BrokerStart): void {
  const [major = 0, minor = 0] = (python ?? '0.0').split('.').map(Number);
  if (python === null)
    throw new SandboxRefused(`${image} has no python3; use an image or a snapshot with Python 3.9 or later`);
  if (major !== 3 || minor < 9) throw new SandboxRefused(`${image} has Python ${python}; 3.9 or later is needed`);
  if (workspace && !git) {
    throw new SandboxRefused(`${image} has no git, which agents with a workspace need; use another image or snapshot`);
  }
  if (missing.length > 0) {
    throw new SandboxRefused(
      `the user of ${image} may not make ${missing.join(' and ')}; use one whose user may, or has sudo`,
    );
  }
}

/** Why the broker of a sandbox does not answer any more, or null when it runs as far as Daytona knows. */
export async function brokerProblem(sandbox: Sandbox): Promise<string | null> {
  const broker = (await sandbox.process.getSession(session)).commands?.at(-1);
  if (typeof broker?.exitCode !== 'number') return null;
  return `its broker ended with code ${broker.exitCode}`;
}

/** Whether a broker was started in a sandbox before. */
export async function wasBrokerStarted(sandbox: Sandbox): Promise<boolean> {
  const sessions = await sandbox.process.listSessions();
  return sessions.some(({ sessionId, commands }) => sessionId === session && (commands ?? []).length > 0);
}
