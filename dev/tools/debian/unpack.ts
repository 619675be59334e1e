import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Environment } from '../locate.ts';
import { boundToThisProcess, run } from '../run.ts';
import { formatSources } from './apt-sources.ts';
import type { DebianRelease } from './release.ts';

export interface UnpackOptions {
  readonly release: DebianRelease;
  readonly environment: Environment;
  readonly note: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks Debian packages, with those of their dependencies that the system doesn't have, into
 * `<directory>/root`. Nothing is installed, configured or started; apt's own state on the system
 * stays as it is, because lists, archives and locks are under `<directory>/apt`. Throws `RunError`.
 */
export async function unpackPackages(
  packages: readonly string[],
  directory: string,
  options: UnpackOptions,
): Promise<void> {
  const { note, signal } = options;
  const environment = { ...options.environment, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const apt = join(directory, 'apt');
  const archives = join(apt, 'cache', 'archives');
  const configuration = await prepareAptState(apt, options.release);
  const aptGet = async (...args: readonly string[]): Promise<void> => {
    const [command, all] = boundToThisProcess('apt-get', ['-c', configuration, '--yes', ...args]);
    await run(command, all, { environment, signal, onLine: (line) => note(aptNote(line)) });
  };

  note('reading package lists');
  await aptGet('update');
  note('downloading packages');
  // --reinstall: a package that the system has in an unusable version is wanted all the same.
  await aptGet('install', '--download-only', '--no-install-recommends', '--reinstall', ...packages);

  const root = join(directory, 'root');
  await mkdir(root, { recursive: true });
  for (const name of (await readdir(archives)).filter((each) => each.endsWith('.deb'))) {
    note(`unpacking ${name.split('_')[0]}`);
    await run('dpkg-deb', ['-x', join(archives, name), root], { environment, signal });
  }
}

/** Returns the path of the configuration that keeps apt away from the system's own state. */
async function prepareAptState(apt: string, release: DebianRelease): Promise<string> {
  await mkdir(join(apt, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(join(apt, 'cache', 'archives', 'partial'), { recursive: true });
  // What is installed is read from a copy: apt locks the directory that the file lies in.
  await copyFile('/var/lib/dpkg/status', join(apt, 'status'));
  await writeFile(join(apt, 'sources.list'), formatSources(release.sources));

  const settings = {
    'Dir::State': join(apt, 'state'),
    'Dir::State::status': join(apt, 'status'),
    'Dir::Cache': join(apt, 'cache'),
    'Dir::Etc::SourceList': join(apt, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    // The cache may lie where the user `_apt` can't go.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
  };
  // Hooks of the system would run in it; the other index targets are of no use here.
  const cleared = [
    'APT::Update::Pre-Invoke',
    'APT::Update::Post-Invoke',
    'APT::Update::Post-Invoke-Success',
    'DPkg::Pre-Invoke',
    'DPkg::Pre-Install-Pkgs',
    'DPkg::Post-Invoke',
    'Acquire::IndexTargets::deb::DEP-11',
    'Acquire::IndexTargets::deb::DEP-11-icons',
    'Acquire::IndexTargets::deb::DEP-11-icons-small',
    'Acquire::IndexTargets::deb::DEP-11-icons-large',
    'Acquire::IndexTargets::deb::CNF',
  ];
  const path = join(apt, 'apt.conf');
  const lines = [
    ...cleared.map((name) => `#clear ${name};`),
    ...Object.entries(settings).map(([name, value]) => `${name} ${JSON.stringify(value)};`),
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

/** `Get:3 <uri> bookworm/main amd64 runc amd64 1.1.5 [2,710 kB]` without the address. */
function aptNote(line: string): string {
  const got = /^Get:(\d+) \S+ (.*)$/.exec(line);
  return got ? `fetching ${got[1]}: ${got[2]}` : line;
}
