import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { EnvironmentUnavailable } from '../../../dev/environment-unavailable.ts';
import { hasCapability } from '../../../dev/host/capabilities.ts';
import { examineHost, type HostFacts } from '../../../dev/host/requirements.ts';

const allCapabilities =
  'Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n';
/** As recorded in a virtual machine whose root lacks SYS_RESOURCE alone. */
const withoutResource = 'Name:\tnode\nCapInh:\t0000000000000000\nCapEff:\t000001fffeffffff\n';
/** Docker's default set: neither SYS_ADMIN nor NET_ADMIN. */
const dockerDefault = 'Name:\tnode\nCapEff:\t00000000a80425fb\n';

async function facts(change: Partial<HostFacts> = {}): Promise<HostFacts> {
  const mountInfo = await readFile(
    join(import.meta.dirname, 'recordings/unified-systemd.mountinfo'),
    'utf8',
  );
  return { platform: 'linux', uid: 0, processStatus: allCapabilities, mountInfo, ...change };
}

describe('hasCapability', () => {
  test.each([
    [allCapabilities, 'SYS_RESOURCE', true],
    [withoutResource, 'SYS_RESOURCE', false],
    [withoutResource, 'SYS_ADMIN', true],
    [withoutResource, 'NET_ADMIN', true],
    [dockerDefault, 'NET_ADMIN', false],
    [dockerDefault, 'SYS_ADMIN', false],
    ['', 'SYS_ADMIN', false],
  ] as const)('reads %j for %s', (status, capability, expected) => {
    expect(hasCapability(status, capability)).toBe(expected);
  });
});

describe('examineHost', () => {
  test('accepts root on Linux with all capabilities', async () => {
    const host = examineHost(await facts());
    expect(host.mayLowerOomScore).toBe(true);
    expect(host.hierarchies).toHaveLength(1);
  });

  test('notices that OOM scores may not be lowered', async () => {
    expect(examineHost(await facts({ processStatus: withoutResource })).mayLowerOomScore).toBe(
      false,
    );
  });

  test.each([
    ['another system', { platform: 'darwin' }, 'it needs Linux, and this is darwin'],
    ['another user', { uid: 1000 }, 'need root'],
    ['a system without users', { uid: undefined }, 'need root'],
    ['an unprivileged container', { processStatus: dockerDefault }, 'CAP_SYS_ADMIN'],
    ['a system without cgroups', { mountInfo: '' }, 'cgroup controllers cpu, memory, pids'],
  ] as const)('refuses %s and names the way out', async (_, change, reason) => {
    const refused = await facts(change);
    expect(() => examineHost(refused)).toThrow(EnvironmentUnavailable);
    expect(() => examineHost(refused)).toThrow(reason);
    expect(() => examineHost(refused)).toThrow('--kube-context NAME');
  });
});
