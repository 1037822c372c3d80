import { describe, expect, it } from 'vitest';
import { locateCgroups } from '../../src/sandbox/local/cgroups.ts';
import { chooseConfinement } from '../../src/sandbox/local/confinement.ts';

describe('where cgroups are made', () => {
  it('with cgroup v1: below the own cgroup of each controller', () => {
    const cgroup = '9:name=systemd:/\n8:pids:/\n5:cpu,cpuacct:/x\n4:memory:/worker/a\n0::/\n';
    const mountinfo = [
      '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
      '39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids',
      '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
    ].join('\n');
    expect(locateCgroups(cgroup, mountinfo)).toEqual({
      version: 1,
      memory: '/sys/fs/cgroup/memory/worker/a',
      pids: '/sys/fs/cgroup/pids',
    });
  });

  it('with cgroup v2: below the own cgroup', () => {
    const mountinfo = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
    expect(locateCgroups('0::/user.slice/worker.scope\n', mountinfo)).toEqual({
      version: 2,
      directory: '/sys/fs/cgroup/user.slice/worker.scope',
    });
  });

  it('with cgroup v2: beside the leaf that an earlier worker moved into', () => {
    const mountinfo = '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw';
    expect(locateCgroups('0::/a/rlm-worker\n', mountinfo)).toEqual({ version: 2, directory: '/sys/fs/cgroup/a' });
  });

  it('in a container that sees a part of the hierarchy', () => {
    const mountinfo = '30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup ro';
    expect(locateCgroups('0::/docker/abc\n', mountinfo)).toEqual({ version: 2, directory: '/sys/fs/cgroup' });
  });

  it('nowhere without a hierarchy', () => {
    expect(locateCgroups('', '')).toBeNull();
  });
});

describe('how a sandbox is limited', () => {
  it('by cgroups where they can be made', () => {
    const home = { version: 2 as const, directory: '/sys/fs/cgroup' };
    expect(chooseConfinement(home, 0)).toEqual({ kind: 'cgroups', home });
  });

  it('else by limits of each process, never as root, whom they do not hold', () => {
    expect(chooseConfinement(null, 0)).toEqual({ kind: 'rlimits', user: 65_534 });
    expect(chooseConfinement(null, 1_000)).toEqual({ kind: 'rlimits', user: null });
  });
});
