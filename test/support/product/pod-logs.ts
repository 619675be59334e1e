import { PassThrough } from 'node:stream';
import { Log, type KubeConfig, type V1Pod } from '@kubernetes/client-node';

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
  const log = new Log(kubeConfig);
  const begun = new Set<string>();
  const requests: Promise<AbortController | null>[] = [];

  const follow = (namespace: string, pod: string, container: string): void => {
    const where = `the log of Pod ${namespace}/${pod}, container ${container}`;
    const stream = new PassThrough();
    let tail = '';
    stream.on('data', (chunk: Buffer) => {
      const text = tail + chunk.toString();
      onText(where, text);
      tail = text.slice(-1_024);
    });
    stream.on('error', () => undefined);
    // A Pod may be gone before its log is asked for: there is nothing left to read then.
    requests.push(log.log(namespace, pod, container, stream, { follow: true }).catch(() => null));
  };
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
        follow(namespace, name, container);
      }
    },
    async stop() {
      for (const request of await Promise.all(requests)) request?.abort();
    },
  };
}
