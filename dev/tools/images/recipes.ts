import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { contentKey } from '../cache-key.ts';
import { forRelease } from '../debian/apt-sources.ts';
import { readDebianRelease } from '../debian/release.ts';
import type { Environment } from '../locate.ts';
import type { Tools } from '../tools.ts';
import type { SmallImage } from './busybox.ts';
import { busyboxImage, pauseImage, readBusybox } from './busybox.ts';
import { withDebianLayer } from './debian.ts';
import { bundlePath, readHostCertificates } from './host-certificates.ts';
import type { LayerEntry } from './layer.ts';
import { certificateEntries, layerOf, withoutRepeats } from './layer.ts';
import type { ImageConfig } from './oci-layout.ts';
import { writeOciLayout } from './oci-layout.ts';

export interface RecipeOptions {
  readonly tools: Pick<Tools, 'busybox' | 'mmdebstrap' | 'environment'>;
  readonly environment: Environment;
  readonly workDirectory: string;
  readonly signal?: AbortSignal | undefined;
}

/** Repositories of the images, in the local registry. */
const imageRepositories = {
  pause: 'slipway/pause',
  busybox: 'library/busybox',
  debian: 'library/debian',
  buildah: 'slipway/buildah',
} as const;

/** An image to make: what decides its bytes is in `key`. */
export interface Recipe {
  readonly repository: string;
  readonly key: string;
  /** Whether only root can make it. */
  readonly needsRoot: boolean;
  readonly make: (layout: string, note: (text: string) => void) => Promise<Made>;
}

interface Made {
  readonly digest: string;
  /** The first one names the image. */
  readonly tags: readonly [string, ...string[]];
}

/** Counted up when the way an image is made changes without a change of its inputs. */
const recipeVersion = 2;
/** What people's Dockerfiles begin with. */
const suite = 'bookworm';
/**
 * Buildah 1.39. Before, a RUN could read the logins of its Pod: by mounts that leave their place
 * (CVE-2024-1753, CVE-2024-9675, CVE-2024-11218; mended in 1.38), and by leaving its chroot, for want of
 * pivot_root. A here-document's lines were taken for instructions.
 */
const buildahSuite = 'trixie';
const buildahPackages = ['buildah', 'ca-certificates', 'netavark'];
/** An image that mmdebstrap makes. */
interface DebianImage {
  readonly repository: string;
  readonly suite: string;
  /** Besides the smallest system with apt. */
  readonly packages?: readonly string[];
  readonly entries?: readonly LayerEntry[];
  readonly programs?: readonly Program[];
  readonly config: ImageConfig;
  /** @param versions of the installed packages */
  readonly tagsFor: (versions: ReadonlyMap<string, string>) => Made['tags'];
}

/** A program of this machine that an image gets as well. */
interface Program {
  readonly path: string;
  readonly file: string;
  /** Stands for its bytes. */
  readonly version: string;
}

/** What fetches the context in builder Pods needs it. */
const nodeProgram: Program = {
  path: 'usr/local/bin/node',
  file: process.execPath,
  version: process.version,
};
const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What each image is made of, read from this machine: its CA bundle, busybox, Debian sources. */
export async function imageRecipes(options: RecipeOptions): Promise<readonly Recipe[]> {
  const [certificates, busybox, release] = await Promise.all([
    readHostCertificates(),
    readBusybox(options.tools),
    readDebianRelease(options.environment),
  ]);
  const trusted = certificateEntries(certificates);
  const common = { recipeVersion, architecture: release.architecture, trusted };
  const inputs = {
    ...common,
    busybox: createHash('sha256').update(busybox.binary).digest('hex'),
    applets: busybox.applets,
  };

  const small = (repository: string, image: SmallImage, tags: Made['tags']): Recipe => ({
    repository,
    needsRoot: false,
    key: contentKey({ ...inputs, repository, tags, config: image.config }),
    make: async (layout) => {
      const layer = layerOf(withoutRepeats([...image.entries, ...trusted]));
      const { config } = image;
      const { architecture } = release;
      return { digest: await writeOciLayout(layout, { layer, config, architecture }), tags };
    },
  });

  const debian = ({ repository, tagsFor, ...image }: DebianImage): Recipe => {
    const { packages = [], entries = [], programs = [], config } = image;
    const sources = forRelease(release.sources, release.codename, image.suite);
    return {
      repository,
      needsRoot: true,
      key: contentKey({
        ...common,
        repository,
        suite: image.suite,
        sources,
        packages,
        entries,
        config,
        programs: programs.map(({ path, version }) => ({ path, version })),
      }),
      make: async (layout, note) =>
        withDebianLayer(
          { ...options, suite: image.suite, sources, packages, note },
          [...trusted, ...entries, ...(await Promise.all(programs.map(programEntry)))],
          async (layer, versions) => {
            const { architecture } = release;
            const digest = await writeOciLayout(layout, { layer, config, architecture });
            return { digest, tags: tagsFor(versions) };
          },
        ),
    };
  };

  return [
    small(imageRepositories.pause, pauseImage(busybox.binary), ['1']),
    // Debian 12 has busybox 1.35; people's Dockerfiles name 1.36, and nothing of it differs here.
    small(imageRepositories.busybox, busyboxImage(busybox.binary, busybox.applets), [
      '1.36',
      '1.35',
      '1',
      'latest',
    ]),
    debian({
      repository: imageRepositories.debian,
      suite,
      config: {
        Cmd: ['bash'],
        Env: [searchPath, ...trustVariables(certificates.added.length > 0)],
      },
      tagsFor: () => ['12', 'bookworm', '12-slim', 'bookworm-slim', 'latest'],
    }),
    debian({
      repository: imageRepositories.buildah,
      suite: buildahSuite,
      packages: buildahPackages,
      entries: builderEntries,
      programs: [nodeProgram],
      config: { Cmd: ['bash'], Env: [searchPath] },
      tagsFor: (versions) => [upstreamVersion(versions.get('buildah') ?? 'unknown')],
    }),
  ];
}

async function programEntry({ path, file }: Program): Promise<LayerEntry> {
  return { type: 'file', path, content: await readFile(file), mode: 0o755 };
}

/**
 * What Buildah wants to find: without a policy it pulls nothing, and names without a registry are
 * Docker's names. Which mirror serves them is said in the Pod.
 */
const builderEntries: readonly LayerEntry[] = [
  { type: 'directory', path: 'etc' },
  { type: 'directory', path: 'etc/containers' },
  {
    type: 'file',
    path: 'etc/containers/policy.json',
    content: JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }),
  },
  {
    type: 'file',
    path: 'etc/containers/registries.conf',
    content: 'unqualified-search-registries = ["docker.io"]\n',
  },
];

/**
 * Programs with a certificate store of their own have to be told of the bundle. Only where the host
 * trusts more than everybody does: elsewhere the image has the same variables as Docker's.
 */
function trustVariables(hostTrustsMore: boolean): readonly string[] {
  if (!hostTrustsMore) return [];
  const names = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'PIP_CERT', 'REQUESTS_CA_BUNDLE'];
  return names.map((name) => `${name}=/${bundlePath}`);
}

/** A tag from a Debian version: `1.28.2+ds1-1+b3` is `1.28.2`. */
export function upstreamVersion(debianVersion: string): string {
  return debianVersion.replace(/^\d+:/, '').replace(/[-+~].*$/, '');
}
