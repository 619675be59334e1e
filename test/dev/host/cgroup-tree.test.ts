import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  existingCgroups,
  joinServices,
  makeCgroups,
  processesIn,
  removeCgroups,
} from '../../../dev/host/cgroup-tree.ts';
import type { Hierarchy } from '../../../dev/host/cgroups.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Ordinary directories and files in the place of cgroupfs: the kernel's own files are written by hand. */
async function hybrid(): Promise<{
  readonly root: string;
  readonly hierarchies: readonly Hierarchy[];
}> {
  const root = await temporaryDirectory();
  const first = (name: string): Hierarchy => ({
    mountPoint: join(root, name),
    controllers: [name],
    version: 1,
  });
  const unified: Hierarchy = { mountPoint: join(root, 'unified'), controllers: [], version: 2 };
  const hierarchies = [first('memory'), first('pids'), first('cpuset'), unified];
  for (const { mountPoint } of hierarchies) await mkdir(mountPoint);
  await mkdir(join(root, 'cpuset', 'slipway-1'));
  for (const [file, value] of [
    ['cpus', '0-1'],
    ['mems', '0'],
  ] as const) {
    await writeFile(join(root, 'cpuset', `cpuset.${file}`), `${value}\n`);
    await writeFile(join(root, 'cpuset', 'slipway-1', `cpuset.${file}`), '\n');
  }
  await mkdir(join(root, 'unified', 'slipway-1'));
  await writeFile(join(root, 'unified', 'cgroup.controllers'), 'cpu memory pids\n');
  await writeFile(join(root, 'unified', 'cgroup.subtree_control'), 'memory\n');
  await writeFile(join(root, 'unified', 'slipway-1', 'cgroup.controllers'), '\n');
  await writeFile(join(root, 'unified', 'slipway-1', 'cgroup.subtree_control'), '\n');
  return { root, hierarchies };
}

describe('makeCgroups', () => {
  test('makes the cgroup in every hierarchy and a place for the services in one', async () => {
    const { root, hierarchies } = await hybrid();
    await makeCgroups(hierarchies, 'slipway-1');
    for (const { mountPoint } of hierarchies)
      expect(existsSync(join(mountPoint, 'slipway-1'))).toBe(true);
    expect(existsSync(join(root, 'pids', 'slipway-1', 'services'))).toBe(true);
    expect(existsSync(join(root, 'memory', 'slipway-1', 'services'))).toBe(false);
  });

  test('fills an empty cpuset, in which nothing could run', async () => {
    const { root, hierarchies } = await hybrid();
    await makeCgroups(hierarchies, 'slipway-1');
    expect(await readFile(join(root, 'cpuset', 'slipway-1', 'cpuset.cpus'), 'utf8')).toBe('0-1\n');
    expect(await readFile(join(root, 'cpuset', 'slipway-1', 'cpuset.mems'), 'utf8')).toBe('0\n');
  });

  test('passes on the v2 controllers that are not passed on yet', async () => {
    const { root, hierarchies } = await hybrid();
    await makeCgroups(hierarchies, 'slipway-1');
    const asked = await readFile(join(root, 'unified', 'cgroup.subtree_control'), 'utf8');
    expect(asked).toBe('+cpu +pids');
  });
});

describe('processes of an instance', () => {
  test('are found at any depth of any hierarchy, each once, and those of others are not', async () => {
    const { root, hierarchies } = await hybrid();
    await makeCgroups(hierarchies, 'slipway-1');
    const pod = join(root, 'memory', 'slipway-1', 'kubepods', 'pod1');
    await mkdir(pod, { recursive: true });
    await writeFile(join(pod, 'cgroup.procs'), '101\n102\n0\n');
    await mkdir(join(root, 'memory', 'slipway-2'));
    await writeFile(join(root, 'memory', 'slipway-2', 'cgroup.procs'), '999\n');
    await joinServices(hierarchies, 'slipway-1', 101);
    expect(
      [...(await processesIn(hierarchies, 'slipway-1'))].toSorted((one, other) => one - other),
    ).toEqual([101, 102]);
  });

  test('are none where there is no cgroup', async () => {
    const { hierarchies } = await hybrid();
    expect(await processesIn(hierarchies, 'slipway-3')).toEqual(new Set());
  });
});

describe('removeCgroups', () => {
  test('removes children before parents, and nothing of another instance', async () => {
    const root = await temporaryDirectory();
    const hierarchies: readonly Hierarchy[] = [
      { mountPoint: root, controllers: ['pids'], version: 1 },
    ];
    await mkdir(join(root, 'slipway-1', 'kubepods', 'pod1'), { recursive: true });
    await mkdir(join(root, 'slipway-12'));
    expect(await existingCgroups(hierarchies, 'slipway-1')).toEqual(
      ['slipway-1/kubepods/pod1', 'slipway-1/kubepods', 'slipway-1'].map((path) =>
        join(root, path),
      ),
    );
    await removeCgroups(hierarchies, 'slipway-1');
    expect(existsSync(join(root, 'slipway-1'))).toBe(false);
    expect(existsSync(join(root, 'slipway-12'))).toBe(true);
    await removeCgroups(hierarchies, 'slipway-1');
  });
});
