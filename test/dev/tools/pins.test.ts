import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { cniPlugins, debianPrograms, staticBusybox } from '../../../dev/tools/debian/pins.ts';
import { goParts, kustomizePart } from '../../../dev/tools/pins.ts';
import { isAccepted, readVersion } from '../../../dev/tools/versions.ts';

const parts = [...goParts, kustomizePart];
const modules = join(import.meta.dirname, '../../../dev/tools');

test('every program has a variable of its own', () => {
  const variables = [
    ...parts.flatMap((part) => part.programs.map((pin) => pin.variable)),
    ...debianPrograms.map((pin) => pin.variable),
    cniPlugins.variable,
    staticBusybox.variable,
  ];
  expect(new Set(variables).size).toBe(variables.length);
  for (const variable of variables)
    expect(variable).toMatch(/^SLIPWAY_[A-Z_]+_(BINARY|DIRECTORY)$/);
});

test.each(parts.map((part) => [part.name, part] as const))(
  '%s: go.mod pins the version that the table names, and its tools',
  async (_name, part) => {
    const mod = await readFile(join(modules, part.name, 'go.mod'), 'utf8');
    for (const pin of part.programs)
      expect(mod).toMatch(new RegExp(`tool \\(?[^)]*${pin.package}`));
    // MinIO's is a pseudo-version, which holds the date without dots.
    const pinned = part.name === 'minio' ? /20260212/ : new RegExp(` v${part.version}`);
    expect(mod).toMatch(pinned);
  },
);

test.each(parts.map((part) => [part.name, part] as const))(
  '%s: what is compiled would also be accepted on PATH',
  (_name, part) => {
    const version = readVersion(part.version, /(\d+)\.(\d+)\.(\d+)/);
    for (const pin of part.programs) {
      expect(version !== undefined && isAccepted(version, pin.accepted)).toBe(true);
    }
  },
);

test('every pinned download names its sum, over TLS, and holds every program of its part', () => {
  for (const part of parts) {
    for (const { url, digest, members } of Object.values(part.downloads)) {
      expect(url).toMatch(/^https:\/\//);
      expect(digest).toMatch(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);
      const names = part.programs.map((pin) => pin.name);
      expect(Object.keys(members ?? {}).toSorted()).toEqual(names.toSorted());
    }
  }
});
