import { UsageError } from '../errors.ts';
import type { ConfigFile } from './config-schema.ts';
import type { Environment } from './environment.ts';
import type { Deployment, WorkerSettings } from './settings.ts';

const defaultShutdownGrace = 8;

/** Decides how workers run: as which version of a deployment, and how they stop. */
export function workerSettings(variable: Environment, { worker = {} }: ConfigFile): WorkerSettings {
  return {
    deployment: deploymentOf(
      variable('RLM_DEPLOYMENT') ?? worker.deployment ?? null,
      variable('RLM_BUILD_ID') ?? worker.build_id ?? null,
    ),
    shutdownGrace: checkedGrace(variable('RLM_SHUTDOWN_GRACE')) ?? worker.shutdown_grace ?? defaultShutdownGrace,
  };
}

/** The version of a deployment; null where neither is given. Throws {@link UsageError} where one is missing or cannot be. */
export function deploymentOf(name: string | null, buildId: string | null): Deployment | null {
  if (name === null && buildId === null) return null;
  if (name === null || buildId === null) {
    const missing = name === null ? 'the deployment (RLM_DEPLOYMENT)' : 'the build (RLM_BUILD_ID)';
    throw new UsageError(`a worker's version is a deployment and a build id; ${missing} is not given`);
  }
  if (!/^[^./:]+$/.test(name)) {
    throw new UsageError(`the deployment "${name}" cannot be called that: no ".", "/" or ":" may be in its name`);
  }
  return { name, buildId };
}

function checkedGrace(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new UsageError(`RLM_SHUTDOWN_GRACE is "${value}"; it must be a number of seconds`);
}
