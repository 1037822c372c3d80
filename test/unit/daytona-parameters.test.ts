import { describe, expect, it } from 'vitest';
import { createParameters, defaultWorkspaceImage, imageOf } from '../../src/sandbox/daytona/create-parameters.ts';
import type { SandboxRequest } from '../../src/sandbox/provider.ts';
import { daytonaSettings } from '../support/daytona-settings.ts';

const request: SandboxRequest = { id: 'a', labels: { 'rlm.run': 'a' } };
const source = { address: 'https://example.org/a', branch: null, commit: '', credentials: null };
const repository = { ...source, mirror: () => Promise.resolve('') };

const parameters = (settings: Parameters<typeof daytonaSettings>[0] = {}, more: Partial<SandboxRequest> = {}) =>
  createParameters(daytonaSettings(settings), 'name', request.labels, { ...request, ...more });

describe('a sandbox at Daytona', () => {
  it('goes when it is stopped, which happens when nobody asked it anything for half an hour', () => {
    expect(parameters()).toEqual({
      ...{ name: 'name', labels: { 'rlm.run': 'a' }, envVars: {}, ephemeral: true, autoStopInterval: 30 },
    });
  });

  it('is stopped later than any cell may run', () => {
    expect(parameters({}, { cellTimeout: 600 })).toMatchObject({ autoStopInterval: 30 });
    expect(parameters({}, { cellTimeout: 7_201 })).toMatchObject({ autoStopInterval: 136 });
  });

  it('ends at last when nobody can need it any more', () => {
    expect(parameters({}, { lifetime: 3_601 })).toMatchObject({ ttlMinutes: 61 });
  });

  it('is made from an image with resources, or from a snapshot, which has its own', () => {
    expect(parameters({ image: 'python:3.12', cpu: 2, memory: 4 })).toMatchObject({
      image: 'python:3.12',
      resources: { cpu: 2, memory: 4 },
    });
    const snapshot = parameters({ snapshot: 'mine', cpu: 2 });
    expect(snapshot).toMatchObject({ snapshot: 'mine' });
    expect(snapshot).not.toHaveProperty('resources');
  });

  it('has Python and git where it gets a repository, unless it is said what it is made from', () => {
    expect(parameters({}, { repository })).toMatchObject({ image: defaultWorkspaceImage });
    expect(parameters({ snapshot: 'mine' }, { repository })).not.toHaveProperty('image');
    expect(imageOf(daytonaSettings({ snapshot: 'mine' }), { ...request, repository })).toBe('the snapshot mine');
  });

  it('has the network that the settings leave it', () => {
    expect(parameters({ networkBlockAll: true })).toMatchObject({ networkBlockAll: true });
    expect(parameters({ networkAllowList: ['10.0.0.0/8', '1.2.3.4/32'] })).toMatchObject({
      networkAllowList: '10.0.0.0/8,1.2.3.4/32',
    });
  });
});
