import type { Settings } from '../config/settings.ts';
import { UsageError } from '../errors.ts';
import { FileArtifactStore } from './file-store.ts';
import type { ArtifactStore } from './store.ts';

/** Opens the artifact store that the settings name. Throws {@link UsageError} where it is of a kind not served. */
export function openArtifactStore({ artifacts }: Pick<Settings, 'artifacts'>): ArtifactStore {
  if (artifacts.startsWith('file:')) return new FileArtifactStore(artifacts.slice('file:'.length));
  throw new UsageError(`cannot open the artifact store ${artifacts}: only file:PATH is supported; set RLM_ARTIFACTS`);
}
