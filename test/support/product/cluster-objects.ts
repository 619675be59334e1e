import {
  AppsV1Api,
  CoreV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  type KubeConfig,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { vi } from 'vitest';

/** Applies objects in their order, as `kubectl apply --server-side` does; disposal deletes them. */
export async function applyObjects(
  kubeConfig: KubeConfig,
  objects: readonly KubernetesObject[],
): Promise<AsyncDisposable> {
  const api = KubernetesObjectApi.makeApiClient(kubeConfig);
  const applied: KubernetesObject[] = [];
  const deleteAll = async (): Promise<void> => {
    for (const object of applied.toReversed()) {
      await api.delete(object as Parameters<typeof api.delete>[0]).catch(() => undefined);
    }
  };
  try {
    for (const object of objects) {
      await api.patch(
        object as Parameters<typeof api.patch>[0],
        undefined,
        undefined,
        'slipway-test',
        true,
        PatchStrategy.ServerSideApply,
      );
      applied.push(object);
    }
  } catch (error) {
    await deleteAll();
    throw error;
  }
  return { [Symbol.asyncDispose]: deleteAll };
}

/**
 * Waits until all replicas of the deployment are ready.
 *
 * @throws Error with the state and the last lines of its Pods when they don't get there in time
 */
export async function deploymentReady(
  kubeConfig: KubeConfig,
  deployment: { readonly namespace: string; readonly name: string },
  timeout: number,
): Promise<void> {
  const api = kubeConfig.makeApiClient(AppsV1Api);
  try {
    await vi.waitFor(
      async () => {
        const { spec, status } = await api.readNamespacedDeployment(deployment);
        if (status?.readyReplicas !== spec?.replicas) throw new Error('not all replicas are ready');
      },
      { timeout, interval: 500 },
    );
  } catch (cause) {
    const pods = await describePods(kubeConfig, deployment.namespace);
    throw new Error(`${deployment.name} is not ready:\n${pods}`, { cause });
  }
}

async function describePods(kubeConfig: KubeConfig, namespace: string): Promise<string> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const { items } = await api.listNamespacedPod({ namespace });
  const texts = items.map(async ({ metadata, status }) => {
    const name = metadata?.name ?? '';
    const previous =
      status?.containerStatuses?.some(({ restartCount }) => restartCount > 0) === true;
    const log = await api
      .readNamespacedPodLog({ namespace, name, tailLines: 20, previous })
      .catch(String);
    return `${name}: ${JSON.stringify(status?.containerStatuses)}\n${log}`;
  });
  return (await Promise.all(texts)).join('\n');
}
