import { dirname } from 'node:path';
import { kubernetesNamespace, registrySecret } from './cluster/bootstrap.ts';
import { bucket, region } from './components/store.ts';
import { temporalNamespace } from './components/temporal.ts';
import { type ServiceSetting, addressOf } from './components/setting.ts';
import type { LocalEnvironment } from './environment.ts';
import type { MadeImage } from './tools/tools.ts';

/** Which builder, and from where, is the person's choice. */
const builderSettings = [
  'SLIPWAY_BUILDER',
  'SLIPWAY_KANIKO_IMAGE',
  'SLIPWAY_BUILDAH_IMAGE',
  'SLIPWAY_CONTEXT_IMAGE',
];

/**
 * What `environment.json` says of an instance.
 *
 * @param fileRoots where `file` sources may be
 * @param person variables of the person's shell: those that choose a builder reach the worker
 */
export function describeEnvironment(
  setting: Pick<ServiceSetting, 'instance' | 'paths' | 'tools'>,
  images: readonly MadeImage[],
  fileRoots: readonly string[],
  person: Readonly<Record<string, string | undefined>>,
): LocalEnvironment {
  const { instance, paths, tools } = setting;
  const registry = addressOf(instance, 'registry');
  const endpoint = `https://${addressOf(instance, 'store')}`;
  const address = addressOf(instance, 'temporal');
  const buildah = images.find((image) => image.name.startsWith('slipway/buildah:'));
  const buildahImage = buildah && `${registry}/${repositoryOf(buildah.name)}@${buildah.digest}`;
  return {
    instance: instance.name,
    home: paths.home,
    temporal: {
      address,
      namespace: temporalNamespace,
      ui: `http://${addressOf(instance, 'temporalUi')}`,
    },
    kubernetes: { kubeconfig: paths.kubeconfig, namespace: kubernetesNamespace },
    registry: { host: registry, secretName: registrySecret, authFile: paths.registryAuth },
    store: { endpoint, bucket },
    caBundle: paths.caBundle,
    settings: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: temporalNamespace,
      SLIPWAY_INSTALLATION: instance.name,
      SLIPWAY_KUBECONFIG: paths.kubeconfig,
      SLIPWAY_NAMESPACES: kubernetesNamespace,
      SLIPWAY_STORE_ENDPOINT: endpoint,
      SLIPWAY_STORE_BUCKET: bucket,
      SLIPWAY_STORE_REGION: region,
      SLIPWAY_STORE_ACCESS_KEY_FILE: paths.storeAccessKey,
      SLIPWAY_STORE_SECRET_KEY_FILE: paths.storeSecretKey,
      SLIPWAY_CA_BUNDLE: paths.caBundle,
      SLIPWAY_REGISTRY_MIRRORS: `docker.io=${registry}`,
      SLIPWAY_DEFAULT_REGISTRY: registry,
      ...(buildahImage === undefined
        ? {}
        : {
            SLIPWAY_BUILDAH_IMAGE: buildahImage,
            // Node.js is in it.
            SLIPWAY_CONTEXT_IMAGE: buildahImage,
          }),
      // As PATH: directories with a colon between them.
      SLIPWAY_FILE_ROOTS: fileRoots.join(':'),
      SLIPWAY_WORK_DIRECTORY: paths.work,
      ...(tools.gitLfs === undefined ? {} : { SLIPWAY_GIT_PATH: dirname(tools.gitLfs) }),
      ...chosen(person),
    },
  };
}

/** `slipway/buildah` of `slipway/buildah:1.39.3`. */
function repositoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf(':'));
}

function chosen(person: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    builderSettings.flatMap((name) => {
      const value = person[name];
      return value === undefined || value === '' ? [] : [[name, value] as const];
    }),
  );
}
