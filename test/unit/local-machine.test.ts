import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SandboxRefused } from '../../src/errors.ts';
import { inspectMachine } from '../../src/sandbox/local/confinement.ts';
import { findPython } from '../../src/sandbox/local/python.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe('a machine that cannot make local sandboxes is refused in one line', () => {
  it('because it does not run Linux', async () => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'darwin' } }));
    const refusal = inspectMachine(tmpdir());
    await expect(refusal).rejects.toThrow(SandboxRefused);
    await expect(refusal).rejects.toThrow(
      /^local sandboxes need Linux, and this is darwin; use RLM_SANDBOX=daytona with DAYTONA_API_KEY$/,
    );
  });

  it('because bubblewrap is not installed', async () => {
    vi.stubEnv('PATH', '/nowhere');
    await expect(inspectMachine(tmpdir())).rejects.toThrow(
      /^local sandboxes need bubblewrap: apt-get install bubblewrap, or use RLM_SANDBOX=daytona with DAYTONA_API_KEY$/,
    );
  });

  it('because the Python that was chosen does not start', async () => {
    await expect(findPython({ RLM_PYTHON: '/nowhere/python3' })).rejects.toThrow(
      /^a local sandbox needs Python 3.9 or newer \(tried \/nowhere\/python3\); install it, or set RLM_PYTHON to its path$/,
    );
  });
});
