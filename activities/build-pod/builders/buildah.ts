import { stringify } from 'smol-toml';
import type { V1Container, V1EnvVar, V1VolumeMount } from '@kubernetes/client-node';
import { annotations } from '../pod-metadata.ts';
import { destination, type Builder, type BuilderParts, type PodRequest } from '../pod-request.ts';
import { checkedFlags, repeatedFlag } from './flags.ts';
import {
  annotationFiles,
  dockerConfig,
  literalArguments,
  podResources,
  unpackCapabilities,
} from './mounts.ts';

const filesDirectory = '/slipway/files';
const storageDirectory = '/slipway/storage';
/** The image between build and push: never leaves the Pod. */
const localImage = 'localhost/slipway/image';

/**
 * Buildah (1.28) without a daemon and without privileges: an init container builds into a volume
 * (`--isolation chroot`, storage driver vfs), the main container pushes from it. Two containers,
 * because only `buildah push` writes the manifest's digest to a file. The image needs
 * `/usr/bin/buildah` and its configuration alone.
 */
export const buildah: Builder = { parts };

function parts(request: PodRequest): BuilderParts {
  const { container, settings } = request;
  const pullSecret = container.pullSecret ?? container.pushSecret;
  const hasCaBundle = settings.caBundle !== null;
  return {
    annotations: {
      [annotations.ignoreFile]: '',
      [annotations.registriesConf]: registriesConf(settings),
      ...(settings.caBundle === null ? {} : { [annotations.caBundle]: settings.caBundle }),
    },
    initContainers: [
      buildahContainer(request, {
        name: 'build',
        command: buildCommand(request),
        login: pullSecret === null ? null : 'pull-login',
      }),
    ],
    container: buildahContainer(request, {
      name: 'push',
      command: pushCommand(request),
      login: container.pushSecret === null ? null : 'push-login',
    }),
    volumes: [
      annotationFiles('slipway', {
        Dockerfile: annotations.dockerfile,
        'ignore-file': annotations.ignoreFile,
        'registries.conf': annotations.registriesConf,
        ...(hasCaBundle ? { 'certs/ca.crt': annotations.caBundle } : {}),
      }),
      { name: 'storage', emptyDir: {} },
      ...(pullSecret === null ? [] : [dockerConfig('pull-login', pullSecret)]),
      ...(container.pushSecret === null ? [] : [dockerConfig('push-login', container.pushSecret)]),
    ],
  };
}

function buildCommand(request: PodRequest): readonly string[] {
  const { container } = request;
  return [
    'build',
    '--isolation=chroot',
    // One layer for each stage: vfs copies the whole tree for every layer.
    '--layers=false',
    '--retry=2',
    '--retry-delay=2s',
    // The context is filtered already; Buildah would apply the context's own file once more.
    `--ignorefile=${filesDirectory}/ignore-file`,
    `--file=${filesDirectory}/Dockerfile`,
    `--tag=${localImage}`,
    // Docker's format records a random host name and container id: no two digests alike.
    ...(container.reproducible ? ['--timestamp=0', '--format=oci'] : ['--format=docker']),
    ...(container.target === null ? [] : [`--target=${container.target}`]),
    ...repeatedFlag('--build-arg', container.buildArgs),
    ...checkedFlags('buildah', container.builderFlags),
    // A .tar.gz over https: bad status and short body are errors (measured with 1.28).
    request.contextUrl,
  ];
}

function pushCommand(request: PodRequest): readonly string[] {
  return [
    'push',
    '--retry=2',
    '--retry-delay=2s',
    '--digestfile=/dev/termination-log',
    localImage,
    `docker://${destination(request)}`,
  ];
}

function buildahContainer(
  request: PodRequest,
  options: {
    readonly name: string;
    readonly command: readonly string[];
    readonly login: string | null;
  },
): V1Container {
  const { caBundle } = request.settings;
  return {
    name: options.name,
    image: request.builder.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/bin/buildah'],
    args: literalArguments([...globalArguments, ...options.command]),
    env: environment(options.login, caBundle !== null),
    resources: podResources(request.container.resources),
    securityContext: {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: [...unpackCapabilities, 'MKNOD', 'SYS_CHROOT'] },
      // Without CAP_SYS_ADMIN Buildah enters a user namespace; RuntimeDefault forbids unshare.
      seccompProfile: { type: 'Unconfined' },
    },
    volumeMounts: mounts(options.login),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

const globalArguments = [
  '--storage-driver=vfs',
  `--root=${storageDirectory}/root`,
  `--runroot=${storageDirectory}/run`,
  // No drop-in files: Debian's short-name aliases give `fedora` another registry than Docker does.
  `--registries-conf-dir=${filesDirectory}/registries.conf.d`,
] as const;

function environment(login: string | null, hasCaBundle: boolean): V1EnvVar[] {
  return [
    { name: 'HOME', value: storageDirectory },
    { name: 'TMPDIR', value: storageDirectory },
    { name: 'CONTAINERS_REGISTRIES_CONF', value: `${filesDirectory}/registries.conf` },
    ...(login === null
      ? []
      : [{ name: 'REGISTRY_AUTH_FILE', value: `/slipway/${login}/config.json` }]),
    ...(hasCaBundle
      ? [{ name: 'SSL_CERT_DIR', value: `/etc/ssl/certs:${filesDirectory}/certs` }]
      : []),
  ];
}

function mounts(login: string | null): V1VolumeMount[] {
  return [
    { name: 'slipway', mountPath: filesDirectory, readOnly: true },
    { name: 'storage', mountPath: storageDirectory },
    // What the build learned of the base's layers, so that the push neither compresses nor sends
    // them again. Its place cannot be configured.
    { name: 'storage', mountPath: '/var/lib/containers/cache', subPath: 'cache' },
    ...(login === null ? [] : [{ name: login, mountPath: `/slipway/${login}`, readOnly: true }]),
  ];
}

/**
 * containers-registries.conf(5), version 2. A mirror is the registry's location, not a `mirror`
 * entry: that one falls back to the registry itself, which planning does not.
 */
function registriesConf(settings: PodRequest['settings']): string {
  const mirrors = settings.registryMirrors;
  const insecure = new Set(settings.plainHttpRegistries);
  const mirrored = Object.keys(mirrors)
    .sort()
    .map((prefix) => {
      const location = mirrors[prefix] ?? prefix;
      return { prefix, location, ...(insecure.has(location) ? { insecure: true } : {}) };
    });
  const plain = [...insecure]
    .filter((host) => !Object.hasOwn(mirrors, host))
    .sort()
    .map((host) => ({ prefix: host, location: host, insecure: true }));
  return stringify({
    'unqualified-search-registries': ['docker.io'],
    'short-name-mode': 'disabled',
    registry: [...mirrored, ...plain],
  });
}
