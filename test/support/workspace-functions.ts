import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, beforeAll } from 'vitest';
import { sourceFolders } from '../../src/repl/sources.ts';

const sources = sourceFolders.join(delimiter);

/** Evaluates expressions, each with the functions of a workspace and a value `given`, and prints what they return. */
const driver = `
import json, os, pathlib, resource, sys, threading
from workspace_functions import workspace_functions
from pathlib import Path
for line in sys.stdin:
    asked = json.loads(line)
    names = {**globals(), **workspace_functions(asked["root"]), "given": asked["given"], "root": asked["root"]}
    try:
        answer = eval(asked["expression"], names)
    except BaseException as error:
        answer = "raised " + repr(error)
    print(json.dumps(answer), flush=True)
`;

/** The functions of an agent with a workspace, in a Python process, on folders of the test's own. */
export class WorkspaceFunctions {
  readonly process: ChildProcess;
  private readonly lines: Interface;
  private ended = false;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.process = spawn('python3', ['-s', '-B', '-c', driver], {
      env: { ...process.env, ...environment, PYTHONPATH: sources },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.lines = createInterface({ input: this.process.stdout as NonNullable<ChildProcess['stdout']> });
    this.lines.on('line', (line) => this.waiting.shift()?.(line));
    this.lines.on('close', () => {
      this.ended = true;
      for (const answer of this.waiting) answer('"the process ended"');
    });
  }

  /** What a Python expression returns, with `given` and `root` as variables. */
  async evaluate(root: string, expression: string, given: unknown = null): Promise<unknown> {
    if (this.ended) throw new Error('the process ended');
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.waiting.push((line) => resolve(JSON.parse(line)));
    this.process.stdin?.write(`${JSON.stringify({ root, expression, given })}\n`);
    return promise;
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdin?.end();
    await ended;
  }
}

/** One process for the tests of a file, and folders that are removed after them. */
export function useWorkspaceFunctions(environment: NodeJS.ProcessEnv = {}) {
  let functions: WorkspaceFunctions;
  let folder = '';
  let count = 0;
  beforeAll(() => {
    functions = new WorkspaceFunctions(environment);
    folder = mkdtempSync(join(tmpdir(), 'rlm-test-'));
  });
  afterAll(async () => {
    await functions.end();
    rmSync(folder, { recursive: true });
  });
  return {
    functions: () => functions,
    /** The path of a folder that does not exist yet. */
    freshPath: () => join(folder, `${++count}`),
  };
}
