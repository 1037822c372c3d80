import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        // What a REPL does, once more with the other provider.
        extends: true,
        test: {
          name: 'daytona',
          include: ['repl-cells', 'repl-calls', 'repl-submissions', 'workspace-kernel'].map(
            (name) => `test/integration/${name}.test.ts`,
          ),
          env: { RLM_TEST_PROVIDER: 'daytona' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/integration/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/integration/global-setup.ts', 'test/browser/global-setup.ts'],
          // They share a list of runs, and a machine that has better things to do than two browsers.
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
