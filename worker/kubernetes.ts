import type { KubeConfig } from '@kubernetes/client-node';
import { SettingsError, type WorkerSettings } from './config.ts';
import { PooledKubeConfig } from './pooled-kube-config.ts';

/**
 * The cluster that the settings name: a kubeconfig file, KUBECONFIG, or the Pod's service account.
 *
 * @throws SettingsError when the kubeconfig can't be read or lacks the context
 */
export function loadKubeConfig(
  settings: Pick<WorkerSettings, 'SLIPWAY_KUBECONFIG' | 'SLIPWAY_KUBE_CONTEXT'>,
): KubeConfig {
  const config = new PooledKubeConfig();
  const { SLIPWAY_KUBECONFIG: file, SLIPWAY_KUBE_CONTEXT: context } = settings;
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    const named =
      file === undefined
        ? `KUBECONFIG: ${process.env['KUBECONFIG'] ?? 'the default'}`
        : `SLIPWAY_KUBECONFIG: ${file}`;
    throw new SettingsError(`${named} is no usable kubeconfig`, { cause });
  }
  const names = config.getContexts().map(({ name }) => name);
  if (context !== undefined && !names.includes(context)) {
    throw new SettingsError(
      `SLIPWAY_KUBE_CONTEXT: the kubeconfig has no context "${context}"; it has ${names.join(', ') || 'none'}`,
    );
  }
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null) {
    throw new SettingsError(
      `the kubeconfig's context "${config.getCurrentContext()}" names no cluster; set SLIPWAY_KUBECONFIG and SLIPWAY_KUBE_CONTEXT`,
    );
  }
  return config;
}
