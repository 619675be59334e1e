import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  compareVersions,
  describeRange,
  formatVersion,
  isAccepted,
  readVersion,
} from '../../../dev/tools/versions.ts';
import type { ProgramPin } from '../../../dev/tools/pins.ts';
import { goParts } from '../../../dev/tools/pins.ts';
import { debianPrograms } from '../../../dev/tools/debian/pins.ts';

const pins = new Map<string, ProgramPin>([
  ...goParts.flatMap((part) => part.programs).map((pin) => [pin.name, pin] as const),
  ...debianPrograms.map((pin) => [pin.name, pin] as const),
]);

/** What the programs really print, recorded on Debian 12 and from upstream's releases. */
const recorded = [
  ['kubelet', 'Kubernetes v1.34.4', '1.34.4', true],
  ['kubelet', 'Kubernetes v1.33.9', '1.33.9', false],
  ['etcd', 'etcd Version: 3.6.8\nGit SHA: 1234567', '3.6.8', true],
  ['etcd', 'etcd Version: 3.4.23\nGit SHA: Not provided', '3.4.23', false],
  ['temporal', 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)', '1.5.1', true],
  ['temporal', 'temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)', '0.0.0', false],
  ['minio', 'minio version RELEASE.2025-09-07T16-13-09Z (commit-id=07c3)', '2025.9.7', true],
  ['minio', 'minio version RELEASE.2021-04-22T15-44-28Z', '2021.4.22', false],
  ['minio', 'minio version DEVELOPMENT.GOGET (commit-id=DEVELOPMENT.GOGET)', undefined, false],
  ['containerd', 'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20', '1.6.20', true],
  ['containerd', 'containerd containerd.io 1.7.27 05044ec0a9a7523', '1.7.27', true],
  ['containerd', 'containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7', '2.1.4', false],
  ['ctr', 'ctr github.com/containerd/containerd 1.6.20~ds1', '1.6.20', true],
  ['runc', 'runc version 1.1.5+ds1\ncommit: 1.1.5', '1.1.5', true],
  ['runc', 'runc version 1.0.0~rc93', '1.0.0', false],
  ['iptables', 'iptables v1.8.9 (nf_tables)', '1.8.9', true],
  ['skopeo', 'skopeo version 1.9.3', '1.9.3', true],
  ['docker-registry', 'docker-registry github.com/docker/distribution 2.8.2+ds1', '2.8.2', true],
  ['docker-registry', 'registry github.com/distribution/distribution/v3 v3.1.2', '3.1.2', true],
  ['docker-registry', 'some other registry 9.9.9', undefined, false],
  ['mmdebstrap', 'mmdebstrap 1.3.5', '1.3.5', true],
] as const;

describe('versions that programs print', () => {
  test.each(recorded)('%s: %s', (name, text, expected, accepted) => {
    const pin = pins.get(name);
    if (pin === undefined) throw new Error(`no pin for ${name}`);
    const version = readVersion(text, pin.versionPattern);
    expect(version && formatVersion(version)).toBe(expected);
    expect(version !== undefined && isAccepted(version, pin.accepted)).toBe(accepted);
  });
});

const version = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50));

test('a version that was formatted is read back', () => {
  fc.assert(
    fc.property(version, (value) => {
      expect(readVersion(formatVersion(value), /(\d+)\.(\d+)\.(\d+)/)).toEqual(value);
    }),
  );
});

test('comparing counts the larger number on the left first', () => {
  fc.assert(
    fc.property(version, version, (left, right) => {
      const weight = ([major, minor, patch]: typeof left): number =>
        major * 10_000 + minor * 100 + patch;
      expect(Math.sign(compareVersions(left, right))).toBe(Math.sign(weight(left) - weight(right)));
    }),
  );
});

test('a range takes its lower bound and leaves its upper one', () => {
  const range = { from: [3, 5, 13], below: [3, 7, 0] } as const;
  expect(isAccepted([3, 5, 13], range)).toBe(true);
  expect(isAccepted([3, 5, 12], range)).toBe(false);
  expect(isAccepted([3, 6, 99], range)).toBe(true);
  expect(isAccepted([3, 7, 0], range)).toBe(false);
  expect(describeRange(range)).toBe('3.5.13 or newer, below 3.7.0');
});
