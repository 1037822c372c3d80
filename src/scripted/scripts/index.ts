import type { ScriptSource } from '../load-scripts.ts';

/** The scripts of this package by name; each is loaded when it is first asked for. */
export const bundledScripts: Readonly<Record<string, ScriptSource>> = {
  documents: async () => (await import('./documents.ts')).default,
  echo: async () => (await import('./echo.ts')).default,
  licences: async () => (await import('./licences.ts')).default,
  'monte-cristo': async () => (await import('./monte-cristo.ts')).default,
  primes: async () => (await import('./primes.ts')).default,
  repository: async () => (await import('./repository.ts')).default,
  tools: async () => (await import('./tools.ts')).default,
};
