import { join } from 'node:path';
import { expect, test } from 'vitest';

import {
  completeFromPackages,
  findSystemPrograms,
} from '../../../../dev/tools/debian/acquire-debian.ts';
import { cniPlugins, debianPrograms, staticBusybox } from '../../../../dev/tools/debian/pins.ts';
import { recordingReporter, scratchDirectory, writeScript } from '../support.ts';

/** What each program prints in a version that is accepted. */
const printed: Readonly<Record<string, string>> = {
  containerd: 'containerd github.com/containerd/containerd 1.7.27 0504',
  ctr: 'ctr github.com/containerd/containerd 1.7.27',
  runc: 'runc version 1.2.0',
  iptables: 'iptables v1.8.9 (legacy)',
  skopeo: 'skopeo version 1.9.3',
  'docker-registry': 'registry github.com/docker/distribution v2.8.3',
  mmdebstrap: 'mmdebstrap 1.3.5',
  'git-lfs': 'git-lfs/3.3.0 (Debian 3.3.0; linux amd64; go 1.19.8)',
};

interface Machine {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A machine that has everything: programs on PATH, plugins and busybox by their variables. */
async function machine(): Promise<Machine> {
  const directory = await scratchDirectory();
  const programs = join(directory, 'bin');
  const plugins = join(directory, 'cni');
  for (const { name } of debianPrograms)
    await writeScript(join(programs, name), `echo "${printed[name]}"`);
  for (const name of cniPlugins.required) await writeScript(join(plugins, name));
  const busybox = await writeScript(join(directory, 'busybox'));
  const environment = {
    PATH: programs,
    [cniPlugins.variable]: plugins,
    [staticBusybox.variable]: busybox,
  };
  return { directory, environment };
}

function options({ directory, environment }: Machine): Parameters<typeof findSystemPrograms>[0] {
  const cacheDirectory = join(directory, 'cache');
  return { cacheDirectory, environment, reporter: recordingReporter() };
}

test('where the system has everything, no package is needed', async () => {
  const all = options(await machine());
  const found = await findSystemPrograms(all);
  expect(found.wanted).toEqual([]);
  const path = all.environment['PATH'];
  expect(await completeFromPackages(found, all, false)).toEqual({
    paths: new Map(debianPrograms.map(({ name }) => [name, `${path}/${name}`])),
    cniPluginDirectory: all.environment[cniPlugins.variable],
    busybox: all.environment[staticBusybox.variable],
    environment: { PATH: path },
  });
});

test('what others look for on PATH is found beside the program that a variable names', async () => {
  const { directory, environment } = await machine();
  const own = await writeScript(join(directory, 'mine', 'iptables'), 'echo "iptables v1.8.10"');
  const all = options({ directory, environment: { ...environment, SLIPWAY_IPTABLES_BINARY: own } });
  const tools = await completeFromPackages(await findSystemPrograms(all), all, false);
  const bin = environment['PATH'];
  expect(tools).toMatchObject({ environment: { PATH: `${join(directory, 'mine')}:${bin}` } });
});

test('one program too few, and packages are wanted for it', async () => {
  const { directory, environment } = await machine();
  await writeScript(join(directory, 'bin', 'containerd'), 'echo "containerd x v2.1.4"');
  const found = await findSystemPrograms(options({ directory, environment }));
  expect(found.wanted.map(({ pin }) => pin.name)).toEqual(['containerd']);
  expect(found.wanted[0]?.reasons).toEqual([
    `${directory}/bin/containerd is 2.1.4; accepted is 1.6.15 or newer, below 2.0.0`,
  ]);
});

test.each([cniPlugins.variable, staticBusybox.variable])(
  '%s that names nothing usable is an error',
  async (variable) => {
    const { directory, environment } = await machine();
    const wrong = options({
      directory,
      environment: { ...environment, [variable]: '/nonexistent' },
    });
    await expect(findSystemPrograms(wrong)).rejects.toThrow(`${variable}=/nonexistent`);
  },
);

test('where git-lfs alone is wanting and can’t be had, the environment goes without', async () => {
  const { directory, environment } = await machine();
  await writeScript(join(directory, 'bin', 'git-lfs'), 'echo "git-lfs/2.0.0 (old)"');
  // PATH holds no dpkg.
  const all = options({ directory, environment });
  const tools = await completeFromPackages(await findSystemPrograms(all), all, true);
  expect(tools).toMatchObject({ environment: { PATH: environment['PATH'] } });
  if (tools === undefined || !('paths' in tools)) throw new Error('no tools');
  expect([...tools.paths.keys()]).toEqual(
    debianPrograms.map(({ name }) => name).filter((name) => name !== 'git-lfs'),
  );
});

test('where packages can’t be had either, each missing thing is named with its variable', async () => {
  const { directory, environment } = await machine();
  const { [staticBusybox.variable]: _absent, ...rest } = environment;
  await writeScript(join(directory, 'bin', 'skopeo'), 'echo "skopeo version 0.1.0"');
  // Wanting as well, and nothing to complain of.
  await writeScript(join(directory, 'bin', 'git-lfs'), 'exit 1');
  // PATH holds no dpkg.
  const all = options({ directory, environment: rest });
  const missing = await completeFromPackages(await findSystemPrograms(all), all, true);
  expect(missing).toEqual([
    expect.objectContaining({ pin: expect.objectContaining({ name: 'skopeo' }) }),
    expect.objectContaining({
      pin: { name: 'static busybox', variable: staticBusybox.variable },
      reasons: ['not on this machine', expect.stringMatching(/^Debian packages: /)],
    }),
  ]);
});
