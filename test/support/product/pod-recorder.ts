import type { KubeConfig, V1Pod } from '@kubernetes/client-node';
import { createPodLedger, type PodRecord } from './pod-ledger.ts';
import { followPodLogs } from './pod-logs.ts';
import { watchPods, type PodEvent } from './pod-watch.ts';
import { podText, type SecretSearch } from './secret-search.ts';

export interface PodRecorderOptions {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  /** Pods of one installation only; all of the namespace when absent. */
  readonly installation?: string;
  /** Looks through every version of every Pod, and through the logs; absent: neither is looked at. */
  readonly search?: SecretSearch;
}

/** Watches the Pods of a run and tells what must not happen. */
export interface PodRecorder {
  /** The Pods of a build, gone ones too, in the order of their creation. */
  ofBuild(buildId: string): readonly PodRecord[];
  /** The first Pod that matches, now or later. */
  until(matches: (record: PodRecord) => boolean): Promise<PodRecord>;
  /** What has been found so far. */
  breaches(): readonly string[];
  /** Ends the watch. Builder Pods that still exist then, and stay for five seconds, are leftovers. */
  stop(): Promise<readonly string[]>;
}

/** Time for deletions that are under way when the run ends, in milliseconds. */
const leftoverGrace = 5_000;

export async function startPodRecorder(options: PodRecorderOptions): Promise<PodRecorder> {
  const { kubeConfig, namespace, installation, search } = options;
  const ledger = createPodLedger();
  const found = new Set<string>();
  const listeners = new Set<() => void>();
  const logs =
    search === undefined
      ? null
      : followPodLogs(kubeConfig, (where, text) =>
          search.everything(where, text).forEach((message) => found.add(message)),
        );

  const onEvent = (event: PodEvent): void => {
    if (installation !== undefined && installationOf(event.pod) !== installation) return;
    const { record, breaches } = ledger.apply(event);
    for (const breach of breaches) found.add(breach);
    if (search !== undefined) {
      const messages = search.everything(
        `Pod ${record.namespace}/${record.name}`,
        podText(event.pod),
      );
      for (const message of messages) found.add(message);
    }
    logs?.update(record.pod);
    for (const listener of listeners) listener();
  };
  const watch = await watchPods(kubeConfig, namespace, onEvent, (why) => found.add(why));

  const until = (matches: (record: PodRecord) => boolean): Promise<PodRecord> =>
    new Promise((resolve) => {
      const look = (): void => {
        const record = ledger.records().find(matches);
        if (record === undefined) return;
        listeners.delete(look);
        resolve(record);
      };
      listeners.add(look);
      look();
    });
  const left = (): readonly PodRecord[] =>
    ledger.records().filter(({ containerBuild, isGone }) => containerBuild !== null && !isGone);

  return {
    ofBuild: (buildId) =>
      ledger
        .records()
        .filter((record) => record.buildId === buildId)
        .toSorted((a, b) => createdAt(a) - createdAt(b)),
    until,
    breaches: () => [...found],
    async stop() {
      await noneLeft(left, listeners);
      for (const { namespace: in_, name, pod } of left()) {
        found.add(`leftover Pod ${in_}/${name} (${pod.status?.phase ?? 'no phase'})`);
      }
      watch.stop();
      await logs?.stop();
      return [...found];
    },
  };
}

function noneLeft(left: () => readonly PodRecord[], listeners: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listeners.delete(look);
      resolve();
    };
    const look = (): void => {
      if (left().length === 0) done();
    };
    const timer = setTimeout(done, leftoverGrace);
    listeners.add(look);
    look();
  });
}

function installationOf(pod: V1Pod): string | undefined {
  return pod.metadata?.labels?.['slipway/installation'];
}

function createdAt({ pod }: PodRecord): number {
  return new Date(pod.metadata?.creationTimestamp ?? 0).getTime();
}
