import { readFileSync } from 'node:fs';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { createHttpRegistry } from '../activities/registry/http-registry.ts';
import type { Registry } from '../activities/registry/registry.ts';
import type { GitSecrets } from '../activities/support/git-secrets.ts';
import { createKubernetesSecrets } from '../activities/support/kubernetes-secrets.ts';
import type { Secrets } from '../activities/support/secrets.ts';
import type { InstallationSettings } from '../activities/support/settings.ts';
import { createDispatcher } from '../activities/support/tls.ts';
import { chooseBuilders } from './builders.ts';
import type { WorkerSettings } from './config.ts';
import { contextStep } from './context-step.ts';
import { loadKubeConfig } from './kubernetes.ts';
import { openStores, type Stores } from './stores.ts';

/** The adapters of everything outside, made once per process from the settings. */
export interface Services extends Stores {
  readonly kubeConfig: KubeConfig;
  readonly registry: Registry;
  readonly secrets: Secrets & GitSecrets;
  readonly installation: InstallationSettings;
  close(): Promise<void>;
}

/**
 * @throws SettingsError when no builder can be used, the image of the context step cannot be had, or
 *   the kubeconfig lacks the context
 */
export async function connectServices(settings: WorkerSettings): Promise<Services> {
  const kubeConfig = loadKubeConfig(settings);
  const caBundle =
    settings.SLIPWAY_CA_BUNDLE === undefined
      ? null
      : readFileSync(settings.SLIPWAY_CA_BUNDLE, 'utf8');
  const namespace = settings.SLIPWAY_NAMESPACES;
  const stores = openStores(settings, caBundle);
  const dispatcher = createDispatcher(caBundle, proxySettings(settings));
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
  const [builders, context] = await Promise.all([
    chooseBuilders(settings, registry),
    contextStep(settings, registry),
  ]);
  const installation: InstallationSettings = {
    installation: settings.SLIPWAY_INSTALLATION,
    namespace,
    ...builders,
    contextStep: context,
    registryMirrors: settings.SLIPWAY_REGISTRY_MIRRORS,
    plainHttpRegistries: settings.SLIPWAY_PLAIN_HTTP_REGISTRIES,
    caBundle,
    fileRoots: settings.SLIPWAY_FILE_ROOTS,
    workDirectory: settings.SLIPWAY_WORK_DIRECTORY,
    gitPath: settings.SLIPWAY_GIT_PATH,
    imagePullGrace: settings.SLIPWAY_IMAGE_PULL_GRACE,
    nodeLostAfter: settings.SLIPWAY_NODE_LOST_AFTER,
    memoryCeiling: settings.SLIPWAY_MEMORY_CEILING,
    longestBackOff: settings.SLIPWAY_LONGEST_BACK_OFF,
    ...proxySettings(settings),
  };
  return {
    kubeConfig,
    ...stores,
    registry,
    secrets,
    installation,
    close: () => dispatcher.close(),
  };
}

function proxySettings(settings: WorkerSettings): Pick<InstallationSettings, 'proxy'> {
  const { SLIPWAY_HTTPS_PROXY: https = null, SLIPWAY_HTTP_PROXY: http = null } = settings;
  if (https === null && http === null) return {};
  return { proxy: { https, http, noProxy: settings.SLIPWAY_NO_PROXY } };
}
