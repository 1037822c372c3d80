import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { UsageError } from '../errors.ts';

/** Every variable that durable-rlm reads. */
export const variables = [
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'OPENROUTER_API_KEY',
  'ANTHROPIC_API_KEY',
  'LLM_API_KEY',
  'RLM_GIT_TOKEN',
  'RLM_GIT_USERNAME',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'GITLAB_TOKEN',
  'DAYTONA_API_KEY',
  'DAYTONA_API_URL',
  'DAYTONA_TARGET',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'RLM_DATA_DIR',
  'RLM_ARTIFACTS',
  'RLM_SANDBOX',
  'RLM_DEPLOYMENT',
  'RLM_BUILD_ID',
  'RLM_SHUTDOWN_GRACE',
] as const;
export type Variable = (typeof variables)[number];

/** The value of a variable, or null where it is not set or empty. */
export type Environment = (variable: Variable) => string | null;

/** The environment over the `.env` file of a directory. An empty variable hides the one in `.env`. */
export function readEnvironment(environment: NodeJS.ProcessEnv, directory: string): Environment {
  const all: NodeJS.ProcessEnv = { ...readDotEnv(join(directory, '.env')), ...environment };
  return (variable) => all[variable]?.trim() || null;
}

function readDotEnv(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new UsageError(`cannot read ${file}: ${message}`);
  }
}
