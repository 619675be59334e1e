import type { KubeConfig, V1Pod } from '@kubernetes/client-node';
import { openLog } from '../../../activities/build-pod/kubernetes-log.ts';
import type { PodIdentity } from '../../../activities/build-pod/kubernetes.ts';

export interface PodLogs {
  /** Follows the log of each container of the Pod that has started since. */
  update(pod: V1Pod): void;
  /** Ends what is still followed. */
  stop(): Promise<void>;
}

/**
 * Reads the logs of Pods while they last, whole, as the API server gives them.
 *
 * @param onText gets a piece of the log with the end of the piece before: nothing is cut in two
 */
export function followPodLogs(
  kubeConfig: KubeConfig,
  onText: (where: string, text: string) => void,
): PodLogs {
  const begun = new Set<string>();
  const readings: Promise<void>[] = [];
  const ending = new AbortController();
  const options = { follow: true, signal: ending.signal };

  async function follow(pod: PodIdentity, container: string): Promise<void> {
    const where = `the log of Pod ${pod.namespace}/${pod.name}, container ${container}`;
    let tail = '';
    try {
      for await (const chunk of (await openLog(kubeConfig, pod, container, options)) ?? []) {
        const text = tail + String(chunk);
        onText(where, text);
        tail = text.slice(-1_024);
      }
    } catch {
      // The Pod is gone before its log was asked for, or the run ends: there is nothing left to read.
    }
  }
  return {
    update({ metadata = {}, status = {} }) {
      const { namespace = '', name = '', uid = '' } = metadata;
      const containers = [
        ...(status.initContainerStatuses ?? []),
        ...(status.containerStatuses ?? []),
      ];
      for (const { name: container, state } of containers) {
        const key = `${uid}/${container}`;
        if (state?.waiting !== undefined || begun.has(key)) continue;
        begun.add(key);
        readings.push(follow({ namespace, name, uid }, container));
      }
    },
    async stop() {
      ending.abort();
      await Promise.all(readings);
    },
  };
}
