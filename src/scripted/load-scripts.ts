import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { Script } from './script.ts';
import { bundledScripts } from './scripts/index.ts';

/** A script, or what loads it. */
export type ScriptSource = Script | (() => Promise<Script>);

const isFunction = z.custom<never>((value) => typeof value === 'function', 'must be a function');

const ScriptModule = z.object({
  default: z.object({
    name: z.string(),
    agent: z.union([z.array(z.unknown()).min(1), isFunction], 'must be a list of replies or a function'),
    query: isFunction.optional(),
    extraction: isFunction.optional(),
  }),
});

/** The bundled scripts and the user's, by name; the user's go first. `paths` maps names to modules. */
export function allScripts(paths: Readonly<Record<string, string>>): Record<string, ScriptSource> {
  const own = Object.entries(paths).map(([name, path]) => [name, () => loadScript(name, path)] as const);
  return { ...bundledScripts, ...Object.fromEntries(own) };
}

/** Throws `UsageError` when there is no such script, or no module where it should be. */
export function checkScript(name: string, paths: Readonly<Record<string, string>>): void {
  const scripts = allScripts(paths);
  if (!Object.hasOwn(scripts, name)) throw new UsageError(unknownScript(name, Object.keys(scripts)));
  const path = paths[name];
  if (path !== undefined && !existsSync(path)) {
    throw new UsageError(`the module of script "${name}" does not exist: ${resolve(path)}`);
  }
}

/** What is said to somebody who asks for a script that does not exist. */
export function unknownScript(name: string, known: readonly string[]): string {
  return `there is no script "${name}": known are ${[...known].sort().join(', ')}`;
}

async function loadScript(name: string, path: string): Promise<Script> {
  const loaded: unknown = await import(pathToFileURL(resolve(path)).href);
  const script = ScriptModule.safeParse(loaded);
  if (!script.success) {
    const issue = script.error.issues[0];
    throw new Error(`${path} does not export a script "${name}": ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return (loaded as { default: Script }).default;
}
