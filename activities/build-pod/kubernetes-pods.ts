import { CoreV1Api, type KubeConfig, type CoreV1Event, type V1Node } from '@kubernetes/client-node';
import { kubernetesFailure, responseCode } from './kubernetes-failure.ts';
import { openLog } from './kubernetes-log.ts';
import type { NodeFacts, PodIdentity, Pods, PodWarning } from './kubernetes.ts';
import { podFacts } from './pod-facts.ts';
import { installationSelector } from './pod-metadata.ts';

/** Pods of the cluster that `config` names. */
export function createKubernetesPods(config: KubeConfig): Pods {
  const api = config.makeApiClient(CoreV1Api);
  return {
    async create(pod) {
      const namespace = pod.metadata?.namespace ?? '';
      try {
        return {
          kind: 'created',
          pod: podFacts(await api.createNamespacedPod({ namespace, body: pod })),
        };
      } catch (error) {
        // The other 409 is an update conflict inside the API server (a quota): it says so.
        if (responseCode(error) === 409 && isAlreadyExists(error)) return { kind: 'exists' };
        throw kubernetesFailure(`creating Pod ${namespace}/${pod.metadata?.name}`, error);
      }
    },
    async try(pod) {
      const namespace = pod.metadata?.namespace ?? '';
      try {
        await api.createNamespacedPod({ namespace, body: pod, dryRun: 'All' });
      } catch (error) {
        if (responseCode(error) === 409 && isAlreadyExists(error)) return;
        throw kubernetesFailure(`trying a Pod in ${namespace}`, error);
      }
    },
    get: (namespace, name) =>
      orNull(`reading Pod ${namespace}/${name}`, async () =>
        podFacts(await api.readNamespacedPod({ namespace, name })),
      ),
    async list(namespace, installation) {
      const labelSelector = installationSelector(installation);
      try {
        // Version 0: from the API server's cache, whatever the number of Pods.
        const { items } = await api.listNamespacedPod({
          namespace,
          labelSelector,
          resourceVersion: '0',
        });
        return items.map(podFacts);
      } catch (error) {
        throw kubernetesFailure(`listing Pods in ${namespace}`, error);
      }
    },
    delete: (pod, graceSeconds) => remove(api, pod, graceSeconds),
    log: (pod, container, options) => openLog(config, pod, container, options),
    node: (name) =>
      orNull(`reading node ${name}`, async () => nodeFacts(await api.readNode({ name }))),
    async warnings(pod) {
      try {
        const events = await api.listNamespacedEvent({
          namespace: pod.namespace,
          fieldSelector: `involvedObject.uid=${pod.uid},type=Warning`,
        });
        return events.items.sort((a, b) => eventTime(a) - eventTime(b)).map(warning);
      } catch (error) {
        throw kubernetesFailure(`listing events of Pod ${pod.namespace}/${pod.name}`, error);
      }
    },
  };
}

async function remove(api: CoreV1Api, pod: PodIdentity, graceSeconds: number): Promise<void> {
  const { namespace, name, uid } = pod;
  try {
    await api.deleteNamespacedPod({
      namespace,
      name,
      body: { gracePeriodSeconds: graceSeconds, preconditions: { uid } },
    });
  } catch (error) {
    // 409: the precondition failed, so this Pod is gone and another one has its name.
    if (responseCode(error) === 404 || responseCode(error) === 409) return;
    throw kubernetesFailure(`deleting Pod ${namespace}/${name}`, error);
  }
}

async function orNull<T>(action: string, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (responseCode(error) === 404) return null;
    throw kubernetesFailure(action, error);
  }
}

function isAlreadyExists(error: unknown): boolean {
  return error instanceof Error && 'body' in error && String(error.body).includes('AlreadyExists');
}

function nodeFacts(node: V1Node): NodeFacts {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    ready: ready?.status === 'True' || ready?.status === 'False' ? ready.status : 'Unknown',
    since: new Date(ready?.lastTransitionTime ?? 0).getTime(),
  };
}

function warning(event: CoreV1Event): PodWarning {
  return { reason: event.reason ?? '', message: event.message ?? '' };
}

function eventTime(event: CoreV1Event): number {
  return new Date(event.lastTimestamp ?? event.eventTime ?? 0).getTime();
}
