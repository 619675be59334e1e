import { join } from 'node:path';

import { expect, test } from 'vitest';

import { acquireServiceTools } from '../../../dev/tools/acquire-service-tools.ts';
import { cniPlugins, debianPrograms, staticBusybox } from '../../../dev/tools/debian/pins.ts';
import { ToolsUnavailableError } from '../../../dev/tools/unavailable.ts';
import { recordingReporter, scratchDirectory, writeScript } from './support.ts';

/** What each program prints in a version that is accepted. */
const printed = {
  temporal: 'temporal version 1.5.1',
  minio: 'minio version RELEASE.2026-02-12T00-00-00Z',
  containerd: 'containerd github.com/containerd/containerd 1.7.27 0504',
  ctr: 'ctr github.com/containerd/containerd 1.7.27',
  runc: 'runc version 1.2.0',
  iptables: 'iptables v1.8.9 (legacy)',
  skopeo: 'skopeo version 1.9.3',
  'docker-registry': 'registry github.com/docker/distribution v2.8.3',
  mmdebstrap: 'mmdebstrap 1.3.5',
  'git-lfs': 'git-lfs/3.3.0',
} as const;

type Program = keyof typeof printed;

/** A machine with these programs on PATH and nothing else: no Go, and no dpkg, as if not Debian. */
async function machine(
  names: readonly Program[],
): Promise<Parameters<typeof acquireServiceTools>[0] & { readonly bin: string }> {
  const directory = await scratchDirectory();
  const bin = join(directory, 'bin');
  for (const name of names) await writeScript(join(bin, name), `echo "${printed[name]}"`);
  return {
    bin,
    cacheDirectory: join(directory, 'cache'),
    environment: { PATH: bin },
    reporter: recordingReporter(),
  };
}

const all = Object.keys(printed) as readonly Program[];
const services = ['temporal', 'minio', 'docker-registry', 'skopeo'] as const;

test('where everything is there, images can be made, too', async () => {
  const options = await machine(all);
  const plugins = join(options.bin, 'cni');
  for (const name of cniPlugins.required) await writeScript(join(plugins, name));
  const busybox = await writeScript(join(options.bin, 'busybox'));
  const environment = {
    ...options.environment,
    [cniPlugins.variable]: plugins,
    [staticBusybox.variable]: busybox,
  };
  const { tools, imageTools } = await acquireServiceTools({ ...options, environment });
  expect(tools).toEqual({
    temporal: join(options.bin, 'temporal'),
    minio: join(options.bin, 'minio'),
    registry: join(options.bin, 'docker-registry'),
    skopeo: join(options.bin, 'skopeo'),
    environment: { PATH: options.bin },
    gitLfs: join(options.bin, 'git-lfs'),
  });
  expect(imageTools).toMatchObject({ busybox, mmdebstrap: join(options.bin, 'mmdebstrap') });
});

test('a machine with the services alone runs them, and says why it makes no images', async () => {
  const options = await machine(services);
  const { tools, imageTools } = await acquireServiceTools(options);
  expect(tools.registry).toBe(join(options.bin, 'docker-registry'));
  expect(imageTools).toMatch(/^Debian packages: /);
});

test.each(services)('a machine without %s is told so, with its variable', async (missing) => {
  const options = await machine(services.filter((name) => name !== missing));
  const failure = await acquireServiceTools(options).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ToolsUnavailableError);
  const names = (failure as ToolsUnavailableError).missing.map(({ pin }) => pin.name);
  expect(names).toEqual([missing]);
});

test('what only a node needs is not missed', async () => {
  const options = await machine(services.slice(0, 3));
  const failure = await acquireServiceTools(options).then(
    () => undefined,
    (error: unknown) => error,
  );
  const names = (failure as ToolsUnavailableError).missing.map(({ pin }) => pin.name);
  for (const { name } of debianPrograms) expect(names.includes(name)).toBe(name === 'skopeo');
});
