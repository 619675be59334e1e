import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { cgroupDirectories, detectCgroups } from '../../../dev/host/cgroups.ts';

function recording(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'recordings', `${name}.mountinfo`), 'utf8');
}

describe('detectCgroups', () => {
  test.each([
    ['unified-systemd', 'unified', ['/sys/fs/cgroup']],
    ['unified-with-named-systemd', 'unified', ['/sys/fs/cgroup']],
    [
      'hybrid-systemd',
      'hybrid',
      [
        '/sys/fs/cgroup/unified',
        '/sys/fs/cgroup/systemd',
        '/sys/fs/cgroup/memory',
        '/sys/fs/cgroup/cpu,cpuacct',
        '/sys/fs/cgroup/pids',
        '/sys/fs/cgroup/cpuset',
      ],
    ],
    [
      'hybrid-without-systemd',
      'hybrid',
      [
        'cpu',
        'cpuacct',
        'cpuset',
        'memory',
        'devices',
        'freezer',
        'blkio',
        'pids',
        'systemd',
        'unified',
      ].map((name) => `/sys/fs/cgroup/${name}`),
    ],
    [
      'legacy-systemd',
      'legacy',
      ['systemd', 'memory', 'cpu,cpuacct', 'pids'].map((name) => `/sys/fs/cgroup/${name}`),
    ],
    [
      'legacy-twice-in-container',
      'legacy',
      ['systemd', 'memory', 'cpu,cpuacct', 'pids'].map((name) => `/sys/fs/cgroup/${name}`),
    ],
  ])('sees %s as %s', async (name, kind, mountPoints) => {
    const layout = detectCgroups(await recording(name));
    expect(layout.kind).toBe(kind);
    if (layout.kind === 'none') throw new Error(layout.missing);
    expect(layout.hierarchies.map((hierarchy) => hierarchy.mountPoint)).toEqual(mountPoints);
  });

  test('reads the controllers of a joined hierarchy, and no mount options', async () => {
    const layout = detectCgroups(await recording('legacy-systemd'));
    if (layout.kind !== 'legacy') throw new Error(layout.kind);
    expect(layout.hierarchies.map((hierarchy) => hierarchy.controllers)).toEqual([
      ['name=systemd'],
      ['memory'],
      ['cpu', 'cpuacct'],
      ['pids'],
    ]);
  });

  test('says which controllers are missing', async () => {
    expect(detectCgroups(await recording('legacy-without-memory'))).toEqual({
      kind: 'none',
      missing: 'cgroup controllers memory are not mounted',
    });
    expect(detectCgroups('')).toMatchObject({
      kind: 'none',
      missing: expect.stringContaining('cpu, memory, pids'),
    });
  });
});

describe('cgroupDirectories', () => {
  test.each([
    ['unified-systemd', '/sys/fs/cgroup/slipway-1/services', 1],
    ['hybrid-without-systemd', '/sys/fs/cgroup/pids/slipway-1/services', 10],
    ['legacy-systemd', '/sys/fs/cgroup/pids/slipway-1/services', 4],
  ])('of %s places the services in %s', async (name, services, count) => {
    const layout = detectCgroups(await recording(name));
    if (layout.kind === 'none') throw new Error(layout.missing);
    const directories = cgroupDirectories(layout.hierarchies, 'slipway-1');
    expect(directories.services).toBe(services);
    expect(directories.all).toHaveLength(count);
    expect(directories.all.every((directory) => directory.endsWith('/slipway-1'))).toBe(true);
  });

  test('is refused without any hierarchy', () => {
    expect(() => cgroupDirectories([], 'slipway-1')).toThrow('No cgroup hierarchy');
  });
});
