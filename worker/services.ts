import { readFileSync } from 'node:fs';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { createHttpRegistry } from '../activities/registry/http-registry.ts';
import type { Registry } from '../activities/registry/registry.ts';
import { createKubernetesSecrets } from '../activities/support/kubernetes-secrets.ts';
import { createMinioStore } from '../activities/support/minio-store.ts';
import type { ObjectStore } from '../activities/support/object-store.ts';
import type { Secrets } from '../activities/support/secrets.ts';
import type { InstallationSettings } from '../activities/support/settings.ts';
import { createDispatcher } from '../activities/support/tls.ts';
import { chooseBuilders } from './builders.ts';
import type { WorkerSettings } from './config.ts';
import { loadKubeConfig } from './kubernetes.ts';

/** The adapters of everything outside, made once per process from the settings. */
export interface Services {
  readonly kubeConfig: KubeConfig;
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly secrets: Secrets;
  readonly installation: InstallationSettings;
  close(): Promise<void>;
}

/** @throws SettingsError when no builder can be used, or the kubeconfig lacks the context */
export async function connectServices(settings: WorkerSettings): Promise<Services> {
  const kubeConfig = loadKubeConfig(settings);
  const caBundle =
    settings.SLIPWAY_CA_BUNDLE === undefined
      ? null
      : readFileSync(settings.SLIPWAY_CA_BUNDLE, 'utf8');
  const namespace = settings.SLIPWAY_NAMESPACES[0] ?? 'slipway';
  const store = createMinioStore({
    endpoint: settings.SLIPWAY_STORE_ENDPOINT,
    region: settings.SLIPWAY_STORE_REGION,
    bucket: settings.SLIPWAY_STORE_BUCKET,
    accessKey: readFileSync(settings.SLIPWAY_STORE_ACCESS_KEY_FILE, 'utf8').trim(),
    secretKey: readFileSync(settings.SLIPWAY_STORE_SECRET_KEY_FILE, 'utf8').trim(),
    caBundle,
  });
  const dispatcher = createDispatcher(caBundle);
  const secrets = createKubernetesSecrets({
    coreApi: kubeConfig.makeApiClient(CoreV1Api),
    namespace,
  });
  const registry = createHttpRegistry({
    secrets,
    dispatcher,
    mirrors: settings.SLIPWAY_REGISTRY_MIRRORS,
    plainHttpHosts: settings.SLIPWAY_PLAIN_HTTP_REGISTRIES,
  });
  const installation: InstallationSettings = {
    installation: settings.SLIPWAY_INSTALLATION,
    namespace,
    ...(await chooseBuilders(settings, registry)),
    registryMirrors: settings.SLIPWAY_REGISTRY_MIRRORS,
    plainHttpRegistries: settings.SLIPWAY_PLAIN_HTTP_REGISTRIES,
    caBundle,
    fileRoots: settings.SLIPWAY_FILE_ROOTS,
    workDirectory: settings.SLIPWAY_WORK_DIRECTORY,
    imagePullGrace: settings.SLIPWAY_IMAGE_PULL_GRACE,
    nodeLostAfter: settings.SLIPWAY_NODE_LOST_AFTER,
  };
  return { kubeConfig, store, registry, secrets, installation, close: () => dispatcher.close() };
}
