import type { PreparedAgent } from '../agent/agent-arguments.ts';
import type { ArtifactReference, ArtifactStore } from '../artifacts/store.ts';
import { SandboxLost, SandboxUnavailable } from '../errors.ts';
import type { BrokerClient } from '../repl/broker-client.ts';
import type { StartKernel } from '../repl/protocol.ts';
import type { SandboxReference } from '../sandbox/provider.ts';
import { activity } from './activity-scope.ts';
import { cloneWorkspace } from './clone-workspace.ts';
import type { Dependencies } from './dependencies.ts';

export interface OpenSandboxInput {
  sandboxId: string;
  lineage: string;
  runId: string;
  agentId: string;
  agent: Pick<PreparedAgent, 'signature' | 'inputs' | 'tools' | 'workspace' | 'limits'>;
  seed: number;
}

/** An open sandbox as the activities of its agent's cells need it. */
export interface OpenSandbox {
  sandbox: SandboxReference;
  kernelId: string;
  /** What starts its kernel anew: {@link StartKernel} as an artifact. */
  kernel: ArtifactReference;
  /** The output fields that a submission is checked against, as an artifact: too large to repeat in every call. */
  outputs: ArtifactReference;
}

/** What an agent may need after its time is up, to answer from what it has and to keep its patch. */
const cleanupSeconds = 1_800;

/** Makes the agent's sandbox, sends the inputs and starts the kernel. Retried, it finds what it made before. */
export function openSandboxActivity(dependencies: Dependencies) {
  const { provider, mirrors, settings, namespaceId } = dependencies;
  return activity(
    async (
      { sandboxId, runId, agentId, lineage, agent, seed }: OpenSandboxInput,
      signal,
      report,
    ): Promise<OpenSandbox> => {
      const { namespace } = settings.temporal;
      const labels = {
        'rlm.run': runId,
        'rlm.agent': agentId,
        'rlm.lineage': lineage,
        'rlm.namespace': namespace,
        ...(namespaceId !== null && { 'rlm.namespace-id': namespaceId }),
      };
      const repository = agent.workspace === null ? null : mirrors.source(agent.workspace, signal);
      const { cellTimeout, timeout } = agent.limits;
      const request = { id: sandboxId, labels, cellTimeout, lifetime: timeout + cleanupSeconds };
      const sandbox = await provider.create({ ...request, ...(repository && { repository }) }, signal);
      try {
        const broker = await dependencies.brokers.client(sandbox);
        const [started] = await Promise.all([
          startIn(broker, dependencies.store, agent, seed, report),
          agent.workspace && cloneWorkspace(broker, agent.workspace, signal),
        ]);
        return { sandbox, ...started };
      } catch (error) {
        // The workflow never hears of this sandbox, so nobody else would end it before its lease does. Whether that works
        // or not, the first error is the one to tell.
        await dependencies.brokers.delete(sandbox).catch(() => {});
        // Nothing was in it yet: another one is as good.
        if (error instanceof SandboxLost) throw new SandboxUnavailable(`while it was being opened: ${error.message}`);
        throw error;
      }
    },
  );
}

async function startIn(
  broker: BrokerClient,
  store: ArtifactStore,
  { signature, inputs, tools, workspace }: OpenSandboxInput['agent'],
  seed: number,
  report: (progress: string) => void,
): Promise<Omit<OpenSandbox, 'sandbox'>> {
  for (const { name, stored } of inputs) {
    const bytes = 'artifact' in stored ? await store.get(stored.artifact) : Buffer.from(JSON.stringify(stored.value));
    await broker.putInput(name, bytes, (sent) => report(`input ${name}: ${sent} of ${bytes.byteLength} bytes sent`));
  }
  const startKernel: StartKernel = {
    inputs: inputs.map((prepared) => prepared.name),
    outputs: signature.outputs,
    tools: tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    subAgents: true,
    queries: true,
    workspace: workspace !== null,
    seed,
  };
  const [{ kernelId }, kernel, outputs] = await Promise.all([
    broker.startKernel(startKernel),
    store.put(Buffer.from(JSON.stringify(startKernel))),
    store.put(Buffer.from(JSON.stringify(signature.outputs))),
  ]);
  return { kernelId, kernel, outputs };
}

/** Starts a kernel in place of one that died; its inputs are back, its variables are gone. */
export function restartKernelActivity({ brokers, store }: Dependencies) {
  return activity(async (input: Pick<OpenSandbox, 'sandbox' | 'kernel'>): Promise<{ kernelId: string }> => {
    const broker = await brokers.client(input.sandbox);
    const startKernel = JSON.parse(Buffer.from(await store.get(input.kernel)).toString('utf8')) as StartKernel;
    return broker.startKernel(startKernel);
  });
}

/** Deletes the sandbox; one that is gone already is a success. */
export function closeSandboxActivity({ brokers }: Dependencies) {
  return activity((input: { sandbox: SandboxReference }) => brokers.delete(input.sandbox));
}

/** Deletes what there is of a sandbox that nobody could say was made. One on another host ends by its lease. */
export function discardSandboxActivity({ brokers, provider }: Dependencies) {
  return activity(({ sandboxId }: { sandboxId: string }) =>
    brokers.delete({ provider: provider.name, id: sandboxId, host: provider.host }),
  );
}

/** Tells the broker and the provider that somebody still needs the sandbox, so that neither ends it. */
export function renewLeaseActivity({ brokers, provider }: Dependencies) {
  return activity(async (input: { sandbox: SandboxReference }): Promise<void> => {
    await (await brokers.client(input.sandbox)).health();
    await provider.keepAwake?.(input.sandbox);
  });
}
