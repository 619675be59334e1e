import { KubeConfig } from '@kubernetes/client-node';
import { SettingsError, type WorkerSettings } from './config.ts';

/** The cluster that the settings name: a kubeconfig file, KUBECONFIG, or the Pod's service account. */
export function loadKubeConfig(
  settings: Pick<WorkerSettings, 'SLIPWAY_KUBECONFIG' | 'SLIPWAY_KUBE_CONTEXT'>,
): KubeConfig {
  const config = new KubeConfig();
  const { SLIPWAY_KUBECONFIG: file, SLIPWAY_KUBE_CONTEXT: context } = settings;
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  if (context === undefined) return config;
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) {
    throw new SettingsError(
      `SLIPWAY_KUBE_CONTEXT: the kubeconfig has no context "${context}"; it has ${names.join(', ') || 'none'}`,
    );
  }
  config.setCurrentContext(context);
  return config;
}
