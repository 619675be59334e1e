import type { V1EnvVar, V1VolumeMount } from '@kubernetes/client-node';
import { canonicalRegistryHost } from '../../../definition/image-reference.ts';
import { layerCacheUse } from '../../dockerfile/layer-cache.ts';
import { canonicalMirrors } from '../../registry/mirrors.ts';
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

/** Mounts under `/kaniko` stay out of snapshots; anywhere else they would be in the image's way. */
const filesDirectory = '/kaniko/slipway';
const dockerConfigDirectory = '/kaniko/.docker';
const contextDirectory = '/kaniko/slipway-context';
/** Kaniko copies them to `/kaniko/secrets`, which must not be a mount that cannot be written to. */
const secretsDirectory = '/kaniko/slipway-secrets';

/** Kaniko's executor (1.28) as the Pod's one container; the image brings nothing but itself. */
export const kaniko: Builder = { parts };

function parts(request: PodRequest): BuilderParts {
  const { caBundle } = request.settings;
  const { pushSecret, pullSecret } = request.container;
  // One docker configuration for both: two are refused as the Dockerfile is rendered.
  const secret = pushSecret ?? pullSecret;
  return {
    annotations: {
      // Beside the Dockerfile it is taken instead of the context's: that one has been applied.
      [annotations.ignoreFile]: '',
    },
    initContainers: [],
    container: {
      name: 'kaniko',
      image: request.builder.image,
      imagePullPolicy: 'IfNotPresent',
      args: literalArguments(commandArguments(request)),
      env: environment(request),
      resources: podResources(request.container.resources),
      securityContext: {
        runAsUser: 0,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'], add: [...builderCapabilities] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      volumeMounts: mounts(request, secret),
      // The file holds a digest even when the push failed: then the log is read, not the message.
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'FallbackToLogsOnError',
    },
    volumes: [
      annotationFiles('slipway', {
        Dockerfile: annotations.dockerfile,
        'Dockerfile.dockerignore': annotations.ignoreFile,
        ...(caBundle === null ? {} : { 'ca.crt': annotations.caBundle }),
      }),
      ...(secret === null ? [] : [dockerConfig('login', secret)]),
      ...buildSecrets('secrets', request.container.secrets ?? []),
    ],
  };
}

function commandArguments(request: PodRequest): readonly string[] {
  const { container, settings } = request;
  return [
    // Without a service-account token nothing tells Kaniko reliably that it is in a container.
    '--force',
    `--context=dir://${contextDirectory}`,
    `--dockerfile=${filesDirectory}/Dockerfile`,
    `--destination=${destination(request)}`,
    '--digest-file=/dev/termination-log',
    '--log-format=text',
    '--log-timestamp=false',
    // The default tries every cloud's helper, each with a wait for a metadata server.
    '--credential-helpers=',
    '--compressed-caching=false',
    // Waits that last longer than these are the workflow's.
    '--push-retry=2',
    '--image-download-retry=2',
    '--image-fs-extract-retry=1',
    ...cacheArguments(request),
    ...(container.reproducible ? ['--reproducible'] : []),
    ...(container.target === null ? [] : [`--target=${container.target}`]),
    ...repeatedFlag('--build-arg', { ...proxyArguments(request), ...container.buildArgs }),
    ...secretFlags(container.secrets ?? [], secretsDirectory),
    ...mirrorArguments(settings.registryMirrors),
    ...settings.plainHttpRegistries.map((host) => `--insecure-registry=${kanikoHost(host)}`),
    ...container.builderFlags,
  ];
}

/** A cache that fails while the build runs costs time and a line of log, nothing else. */
function cacheArguments(request: PodRequest): readonly string[] {
  const { repository } = layerCacheUse(request);
  if (repository === null || request.cacheProblem !== null) return [];
  return ['--cache=true', `--cache-repo=${repository}`];
}

/** RUN gets none of Kaniko's own environment; these arguments need no ARG and leave no history. */
function proxyArguments({ settings }: PodRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(proxyVariables(settings.proxy).map(({ name, value }) => [name, value]));
}

/** Kaniko's library knows Docker's hub by its old name. */
function kanikoHost(host: string): string {
  const canonical = canonicalRegistryHost(host);
  return canonical === 'docker.io' ? 'index.docker.io' : canonical;
}

/** Planning asks the mirror alone, so the builder does as well: both see the same registry. */
function mirrorArguments(mirrors: PodRequest['settings']['registryMirrors']): readonly string[] {
  const maps = Object.entries(canonicalMirrors(mirrors)).map(
    ([host, mirror]) => `--registry-map=${kanikoHost(host)}=${mirror}`,
  );
  return maps.length === 0 ? [] : [...maps, '--skip-default-registry-fallback'];
}

function environment({ settings }: PodRequest): V1EnvVar[] {
  return [
    ...proxyVariables(settings.proxy),
    { name: 'DOCKER_CONFIG', value: dockerConfigDirectory },
    // Fixes of wrong-layer reuse that 1.28 leaves off; default from 1.29 on.
    ...[
      'FF_KANIKO_ROLLING_CACHE_KEY',
      'FF_KANIKO_HASH_DIR_FRAMING',
      'FF_KANIKO_RESOLVE_CACHE_KEY',
      'FF_KANIKO_SKIP_WRITE_WHITEOUTS',
    ].map((name) => ({ name, value: 'true' })),
  ];
}

function mounts({ container, settings }: PodRequest, secret: string | null): V1VolumeMount[] {
  return [
    { name: 'slipway', mountPath: filesDirectory, readOnly: true },
    { name: contextVolume, mountPath: contextDirectory },
    // The image's SSL_CERT_DIR is this folder; subPath adds one file beside its own.
    ...(settings.caBundle === null
      ? []
      : [
          {
            name: 'slipway',
            mountPath: '/kaniko/ssl/certs/slipway-ca.crt',
            subPath: 'ca.crt',
            readOnly: true,
          },
        ]),
    // RUN runs in this very container, as root unless the Dockerfile says otherwise: it can read the
    // login, the right to push included, and the secrets. Nothing of Kaniko's hides them from it.
    ...(secret === null
      ? []
      : [{ name: 'login', mountPath: dockerConfigDirectory, readOnly: true }]),
    ...((container.secrets ?? []).length === 0
      ? []
      : [{ name: 'secrets', mountPath: secretsDirectory, readOnly: true }]),
  ];
}
