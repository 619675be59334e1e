import type { V1Container, V1EnvVar, V1VolumeMount } from '@kubernetes/client-node';
import { layerCacheUse, type LayerCacheUse } from '../../dockerfile/layer-cache.ts';
import { proxyVariables } from '../../support/proxy.ts';
import { contextVolume } from '../context-step/context-step.ts';
import { annotations } from '../pod-metadata.ts';
import { destination, type Builder, type BuilderParts, type PodRequest } from '../pod-request.ts';
import { repeatedFlag } from './flags.ts';
import {
  annotationFiles,
  buildSecrets,
  dockerConfig,
  literalArguments,
  podResources,
  secretFlags,
  builderCapabilities,
} from './mounts.ts';
import { registriesConf } from './registries-conf.ts';

const filesDirectory = '/slipway/files';
const contextDirectory = '/slipway/context';
const storageDirectory = '/slipway/storage';
const secretsDirectory = '/slipway/secrets';
/** The image between build and push: never leaves the Pod. */
const localImage = 'localhost/slipway/image';

/**
 * Buildah (1.39 or later) without a daemon and without privileges: an init container builds into a volume
 * (`--isolation chroot`), the main container pushes from it. The storage driver is overlay, which a
 * user namespace may mount from Linux 5.11 on: vfs would copy the whole tree for every layer. Two
 * containers, because only `buildah push` writes the manifest's digest to a file. The image needs
 * `/usr/bin/buildah` and its configuration alone.
 */
export const buildah: Builder = { parts };

function parts(request: PodRequest): BuilderParts {
  const { container, settings } = request;
  const { pushSecret, secrets = [] } = container;
  const pullSecret = container.pullSecret ?? pushSecret;
  const cache = reachable(layerCacheUse(request), request);
  const hasCaBundle = settings.caBundle !== null;
  return {
    annotations: {
      [annotations.ignoreFile]: '',
      [annotations.registriesConf]: registriesConf(settings),
    },
    initContainers: [
      buildahContainer(request, {
        name: 'build',
        command: buildCommand(request, cache),
        logins: [
          ...(pullSecret === null ? [] : ['pull-login' as const]),
          // The cache is written with the right to push; where both know a host, pulling is first.
          ...(cache.repository === null || pushSecret === null || pushSecret === pullSecret
            ? []
            : ['push-login' as const]),
        ],
        hasContext: true,
        hasSecrets: secrets.length > 0,
      }),
    ],
    container: buildahContainer(request, {
      name: 'push',
      command: pushCommand(request),
      logins: pushSecret === null ? [] : ['push-login'],
      hasContext: false,
      hasSecrets: false,
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
      ...(pushSecret === null ? [] : [dockerConfig('push-login', pushSecret)]),
      ...buildSecrets('secrets', secrets),
    ],
  };
}

/** The image has the same layers whether the cache is there or not. */
function reachable(cache: LayerCacheUse, { cacheProblem }: PodRequest): LayerCacheUse {
  return cacheProblem === null ? cache : { ...cache, repository: null };
}

function buildCommand(request: PodRequest, cache: LayerCacheUse): readonly string[] {
  const { container, attempt } = request;
  const { repository, layered } = cache;
  return [
    'build',
    '--isolation=chroot',
    // Without a cache one layer for each stage: a commit after every instruction takes its time.
    `--layers=${layered}`,
    ...(repository === null ? [] : [`--cache-from=${repository}`]),
    // A layer that cannot be read is built; one that cannot be written fails the build, and the
    // next attempt does not try to.
    ...(repository === null || attempt.generation > 0 ? [] : [`--cache-to=${repository}`]),
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
    ...secretFlags(container.secrets ?? [], secretsDirectory),
    ...container.builderFlags,
    contextDirectory,
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
    readonly logins: readonly Login[];
    readonly hasContext: boolean;
    readonly hasSecrets: boolean;
  },
): V1Container {
  return {
    name: options.name,
    image: request.builder.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/bin/buildah'],
    args: literalArguments([...globalArguments, ...options.command]),
    env: environment(request, options.logins),
    resources: podResources(request.container.resources),
    securityContext: {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: [...builderCapabilities, 'MKNOD'] },
      // Without CAP_SYS_ADMIN Buildah enters a user namespace; RuntimeDefault forbids unshare.
      seccompProfile: { type: 'Unconfined' },
    },
    volumeMounts: mounts(options),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

const globalArguments = [
  '--storage-driver=overlay',
  `--root=${storageDirectory}/root`,
  `--runroot=${storageDirectory}/run`,
] as const;

/** A docker configuration that is mounted, by the name of its volume. */
type Login = 'pull-login' | 'push-login';

/** Variables of containers/image 5.23: a host that the first file lacks is looked up in the second. */
const loginVariables = ['REGISTRY_AUTH_FILE', 'DOCKER_CONFIG'] as const;

function environment({ settings }: PodRequest, logins: readonly Login[]): V1EnvVar[] {
  return [
    // RUN gets them as well (`--http-proxy`), the image does not.
    ...proxyVariables(settings.proxy),
    { name: 'HOME', value: storageDirectory },
    { name: 'TMPDIR', value: storageDirectory },
    { name: 'CONTAINERS_REGISTRIES_CONF', value: `${filesDirectory}/registries.conf` },
    ...logins.map((login, index) => ({
      name: loginVariables[index] ?? '',
      value: index === 0 ? `/slipway/${login}/config.json` : `/slipway/${login}`,
    })),
    ...(settings.caBundle === null
      ? []
      : [{ name: 'SSL_CERT_DIR', value: `/etc/ssl/certs:${filesDirectory}/certs` }]),
  ];
}

function mounts({
  logins,
  hasContext,
  hasSecrets,
}: {
  readonly logins: readonly Login[];
  readonly hasContext: boolean;
  readonly hasSecrets: boolean;
}): V1VolumeMount[] {
  return [
    { name: 'slipway', mountPath: filesDirectory, readOnly: true },
    { name: 'storage', mountPath: storageDirectory },
    ...(hasContext ? [{ name: contextVolume, mountPath: contextDirectory, readOnly: true }] : []),
    // What the build learned of the base's layers, so that the push neither compresses nor sends
    // them again. Its place cannot be configured.
    { name: 'storage', mountPath: '/var/lib/containers/cache', subPath: 'cache' },
    // Empty, instead of Debian's short names: `fedora` would be another registry's than Docker's.
    {
      name: 'storage',
      mountPath: '/etc/containers/registries.conf.d',
      subPath: 'registries.conf.d',
      readOnly: true,
    },
    // RUN has a root of its own that it cannot leave (pivot_root, from 1.39 on): it sees neither the logins nor, without
    // `--mount=type=secret`, the secrets.
    ...logins.map((login) => ({ name: login, mountPath: `/slipway/${login}`, readOnly: true })),
    ...(hasSecrets ? [{ name: 'secrets', mountPath: secretsDirectory, readOnly: true }] : []),
  ];
}
