import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyAgentDefinition } from '../define-agent.ts';
import { UsageError } from '../errors.ts';
import { Signature } from '../signature/signature.ts';
import { onOneLine } from './printable.ts';

/**
 * Loads the agents that a module exports: by name, as its default, or as lists of them. No file: no agents.
 *
 * Throws {@link UsageError} when it cannot be loaded or exports none.
 */
export async function loadAgents(file: string | undefined): Promise<AnyAgentDefinition[]> {
  if (file === undefined) return [];
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`--agents ${file}: there is no such file`);
  const agents = new Set(
    Object.values(await load(file, path))
      .flat()
      .filter(isAgent),
  );
  if (agents.size === 0) throw new UsageError(`--agents ${file}: it exports no agent made by defineAgent`);
  return [...agents];
}

async function load(file: string, path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new UsageError(`--agents ${file} cannot be loaded: ${onOneLine(reason, 500)}`);
  }
}

/** By shape: the module may have its own copy of this package. */
function isAgent(value: unknown): value is AnyAgentDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { name, tools, signature } = value as Partial<AnyAgentDefinition>;
  return typeof name === 'string' && typeof tools === 'object' && Signature.safeParse(signature).success;
}
