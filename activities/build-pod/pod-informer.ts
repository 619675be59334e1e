import {
  CoreV1Api,
  ListWatch,
  Watch,
  type KubeConfig,
  type V1Pod,
  type V1PodList,
} from '@kubernetes/client-node';
import type { Clock } from './clock.ts';
import type { PodNews } from './kubernetes.ts';
import { podFacts, type PodFacts } from './pod-facts.ts';
import { installationSelector } from './pod-metadata.ts';

const firstDelay = 1_000;
const longestDelay = 30_000;

export interface PodInformer extends PodNews {
  /** How many Pods it knows in each phase; null before its first list. */
  podsByPhase(): ReadonlyMap<string, number> | null;
  /** Ends the watch. */
  stop(): Promise<void>;
}

/**
 * The worker's one LIST and WATCH for all builder Pods of its installation. The library's informer
 * stops at the first error that is not a time-out; this one starts again, with back-off.
 *
 * @param options.onError told of each error before the next try; never throws
 */
export function startPodInformer(options: {
  readonly config: KubeConfig;
  readonly namespace: string;
  readonly installation: string;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): PodInformer {
  const { config, namespace, installation, clock, onError } = options;
  const listeners = new Map<string, Set<(facts: PodFacts | null) => void>>();
  const stopping = new AbortController();
  const labelSelector = installationSelector(installation);
  const api = config.makeApiClient(CoreV1Api);
  let isListed = false;
  const listPods = async (): Promise<V1PodList> => {
    const pods = await api.listNamespacedPod({ namespace, labelSelector });
    isListed = true;
    return pods;
  };
  const informer = new ListWatch<V1Pod>(
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    new ReportingWatch(config, stopping.signal),
    listPods,
    false,
    labelSelector,
  );
  const tell = (pod: V1Pod, facts: PodFacts | null): void => {
    const key = keyOf(pod.metadata?.namespace ?? '', pod.metadata?.name ?? '');
    for (const listener of listeners.get(key) ?? []) listener(facts);
  };
  informer.on('add', (pod) => tell(pod, podFacts(pod)));
  informer.on('update', (pod) => tell(pod, podFacts(pod)));
  informer.on('delete', (pod) => tell(pod, null));
  keepRunning(informer, clock, stopping.signal, onError);
  return {
    podsByPhase() {
      if (!isListed) return null;
      const counts = new Map<string, number>();
      for (const { status } of informer.list()) {
        const phase = status?.phase ?? 'Unknown';
        counts.set(phase, (counts.get(phase) ?? 0) + 1);
      }
      return counts;
    },
    subscribe(podNamespace, name, listener) {
      const key = keyOf(podNamespace, name);
      const own = listeners.get(key) ?? new Set();
      listeners.set(key, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(key) === own) listeners.delete(key);
      };
    },
    async stop() {
      stopping.abort();
      await informer.stop();
    },
  };
}

/**
 * The library's watch rejects when it cannot log in, and nothing awaits it when a watch that has
 * ended is opened again: the rejection would end the process. Here it is an error like any other.
 */
class ReportingWatch extends Watch {
  readonly #stopping: AbortSignal;

  constructor(config: KubeConfig, stopping: AbortSignal) {
    super(config);
    this.#stopping = stopping;
  }

  override async watch(...args: Parameters<Watch['watch']>): Promise<AbortController> {
    try {
      // The library goes on from its LIST, and from the connection, to a watch that nobody stops.
      this.#stopping.throwIfAborted();
      const watching = await super.watch(...args);
      if (this.#stopping.aborted) watching.abort();
      return watching;
    } catch (cause) {
      const [path, , , done] = args;
      // Wrapped: of an error that is named TimeoutError the library would try again at once.
      const text = cause instanceof Error ? cause.message : String(cause);
      done(new Error(`opening the watch of ${path}: ${text}`, { cause }));
      return new AbortController();
    }
  }
}

function keepRunning(
  informer: ListWatch<V1Pod>,
  clock: Clock,
  stopping: AbortSignal,
  onError: (error: unknown) => void,
): void {
  let delay = firstDelay;
  const start = (): void => {
    informer.start().catch(startAgain);
  };
  const startAgain = (error: unknown): void => {
    if (stopping.aborted) return;
    onError(error);
    const sleep = clock.sleep(delay, stopping);
    delay = Math.min(delay * 2, longestDelay);
    // It rejects when the informer is stopped.
    sleep.then(start, () => undefined);
  };
  const reset = (): void => {
    delay = firstDelay;
  };
  informer.on('add', reset);
  informer.on('update', reset);
  informer.on('error', startAgain);
  start();
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
