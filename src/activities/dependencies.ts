import type { PaidRecords } from '../artifacts/paid-records.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Transcripts } from '../artifacts/transcript.ts';
import type { Settings } from '../config/settings.ts';
import type { AnyAgentDefinition } from '../define-agent.ts';
import type { ModelClient } from '../model/model-client.ts';
import type { Mirrors } from '../repository/mirrors.ts';
import type { SandboxProvider } from '../sandbox/provider.ts';
import type { Brokers } from './brokers.ts';

/** What activities reach the world through; made once per worker. */
export interface Dependencies {
  settings: Settings;
  store: ArtifactStore;
  /** Records of the store that must not be lost when it takes none for a while. */
  paid: PaidRecords;
  transcripts: Transcripts;
  models: ModelClient;
  provider: SandboxProvider;
  brokers: Brokers;
  /** Aborted when the worker is told to stop: nothing new is begun then, and nobody waits for what may take long. */
  stopping: AbortSignal;
  mirrors: Mirrors;
  /** Tells the namespace from those of the same name at other servers; null where the server does not say. */
  namespaceId: string | null;
  /** The user's agents by name. */
  agents: ReadonlyMap<string, AnyAgentDefinition>;
}
