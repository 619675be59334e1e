import { access, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { AptSource } from '../debian/apt-sources.ts';
import { formatSources } from '../debian/apt-sources.ts';
import { archiveKeyring } from '../debian/pins.ts';
import type { Tools } from '../tools.ts';
import { inOwnNamespaces, run } from '../run.ts';
import { withTemporaryDirectory } from '../temporary.ts';
import type { LayerEntry } from './layer.ts';
import { layerTime, rewriteLayer } from './layer.ts';
import type { ImageContent } from './oci-layout.ts';

export interface RootFilesystemOptions {
  readonly suite: string;
  readonly sources: readonly AptSource[];
  /** Packages besides the smallest system with apt. */
  readonly packages: readonly string[];
  readonly tools: Pick<Tools, 'mmdebstrap' | 'environment'>;
  /** Proxy settings and the like. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For temporary files, up to 1 GB; not under /tmp, which may forbid device files. */
  readonly workDirectory: string;
  readonly note: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** As Debian's own slim images leave them out, for what is installed later as well. */
const dpkgOptions = [
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/man/*',
];

/**
 * Makes a Debian root filesystem with mmdebstrap and hands its layer, with `entries` put in, to
 * `use`; then removes what it made. `use` also gets the installed version of each package, which
 * is complete once the layer has been read. Throws `RunError`.
 */
export async function withDebianLayer<T>(
  options: RootFilesystemOptions,
  entries: readonly LayerEntry[],
  use: (layer: ImageContent['layer'], versions: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
  const { note, packages, signal, tools } = options;
  return withTemporaryDirectory(options.workDirectory, 'debian-', async (directory) => {
    const sources = join(directory, 'sources.list');
    const tar = join(directory, 'root.tar');
    const keyring = await ownKeyring(tools);
    await writeFile(sources, formatSources(withoutKeyrings(options.sources, keyring)));
    // As root it mounts /proc, /sys and parts of /dev below its directory: never where we remove.
    const [command, args] = inOwnNamespaces(tools.mmdebstrap, [
      '--mode=root',
      '--variant=minbase',
      ...(keyring === null ? [] : [`--keyring=${keyring}`]),
      ...(packages.length === 0 ? [] : [`--include=${packages.join(',')}`]),
      ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
      options.suite,
      tar,
      sources,
    ]);
    await run(command, args, {
      environment: {
        ...options.environment,
        ...tools.environment,
        TMPDIR: directory,
        // Newer times in files are set to this one.
        SOURCE_DATE_EPOCH: String(layerTime.getTime() / 1000),
      },
      signal,
      stopSignal: 'SIGKILL',
      onErrorLine: (line) => note(line.replace(/^I: /, '')),
    });
    note('packing the layer');
    const versions = new Map<string, string>();
    const layer = rewriteLayer(tar, entries, isMachineSpecific, {
      path: 'var/lib/dpkg/status',
      onFile: (content) => {
        for (const [name, version] of readStatus(content.toString())) versions.set(name, version);
      },
    });
    return await use(layer, versions);
  });
}

/** The keyring that lies beside mmdebstrap; null where that came without one. */
async function ownKeyring(tools: RootFilesystemOptions['tools']): Promise<string | null> {
  const keyring = join(dirname(tools.mmdebstrap), '../..', archiveKeyring.path);
  try {
    await access(keyring);
    return keyring;
  } catch {
    return null;
  }
}

/** The sources stay in the image, where a keyring of this machine is not: there the image's own are meant. */
export function withoutKeyrings(
  sources: readonly AptSource[],
  keyring: string | null,
): readonly AptSource[] {
  if (keyring === null) return sources;
  return sources.map(({ uri, suite, components }) => ({ uri, suite, components }));
}

/** Package names and versions in dpkg's status file. */
export function readStatus(status: string): ReadonlyMap<string, string> {
  const stanzas = status.split('\n\n').flatMap((stanza) => {
    const name = /^Package: (\S+)$/m.exec(stanza)?.[1];
    const version = /^Version: (\S+)$/m.exec(stanza)?.[1];
    return name === undefined || version === undefined ? [] : [[name, version] as const];
  });
  return new Map(stanzas);
}

/**
 * Device files need a privilege to unpack and the runtime makes its own; the others are copies of
 * this machine's, or logs with times.
 */
function isMachineSpecific(path: string): boolean {
  return (
    path.startsWith('dev/') ||
    /^var\/log\/.*\.?log$/.test(path) ||
    ['etc/hostname', 'etc/resolv.conf', 'etc/machine-id'].includes(path)
  );
}
