import { CoreV1Api, Watch, type KubeConfig, type V1Pod } from '@kubernetes/client-node';

export interface PodEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly pod: V1Pod;
}

export interface PodWatch {
  stop(): void;
}

/**
 * Every change of every Pod of a namespace, in the API server's order. Its own LIST and WATCH, so
 * that what the product's informer overlooks is seen here.
 *
 * @param onEvent gets what exists already as `ADDED`
 * @param onGap told when events may have been missed
 */
export async function watchPods(
  config: KubeConfig,
  namespace: string,
  onEvent: (event: PodEvent) => void,
  onGap: (why: string) => void,
): Promise<PodWatch> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const list = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
  for (const pod of list.items) onEvent({ type: 'ADDED', pod });
  let version = list.metadata?.resourceVersion ?? '';
  let request: AbortController | null = null;
  let isStopped = false;

  const receive = (type: string, pod: V1Pod): void => {
    if (type === 'ERROR') {
      onGap(`the watch of Pods broke off: ${JSON.stringify(pod)}`);
      return;
    }
    version = pod.metadata?.resourceVersion ?? version;
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') onEvent({ type, pod });
  };
  const open = async (): Promise<void> => {
    if (isStopped) return;
    const query = { resourceVersion: version, allowWatchBookmarks: true };
    request = await new Watch(config).watch(path, query, receive, () => {
      // The server ends watches now and then, the client idle ones: it goes on where it was.
      if (!isStopped) setImmediate(again);
    });
    if (isStopped) request.abort();
  };
  const again = (): void => {
    open().catch((error: unknown) => onGap(`no watch of Pods: ${String(error)}`));
  };
  await open();
  return {
    stop() {
      isStopped = true;
      request?.abort();
    },
  };
}
