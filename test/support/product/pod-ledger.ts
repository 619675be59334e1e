import type { V1Pod } from '@kubernetes/client-node';
import type { PodEvent } from './pod-watch.ts';

/** What is known of one Pod object, from its creation to its end. */
export interface PodRecord {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** `slipway/build-id`; null for Pods that are not Slipway's. */
  readonly buildId: string | null;
  /** Application, component, container and build: what has at most one Pod at a time. */
  readonly containerBuild: string | null;
  readonly pod: V1Pod;
  readonly isGone: boolean;
}

export interface PodLedger {
  /** Returns the record, and a message for each other Pod object of the same container build. */
  apply(event: PodEvent): { readonly record: PodRecord; readonly breaches: readonly string[] };
  records(): readonly PodRecord[];
}

const identity = ['application', 'component', 'container', 'build'] as const;

/**
 * Keeps account of Pods. Stricter than "not two that run": the next attempt starts only when the
 * object of the previous one is gone.
 */
export function createPodLedger(): PodLedger {
  const records = new Map<string, PodRecord>();
  return {
    records: () => [...records.values()],
    apply({ type, pod }) {
      const record = recordOf(pod, type === 'DELETED');
      const isNew = !records.has(record.uid);
      records.set(record.uid, record);
      const others =
        isNew && record.containerBuild !== null && !record.isGone
          ? [...records.values()].filter(
              (other) =>
                other.uid !== record.uid &&
                !other.isGone &&
                other.containerBuild === record.containerBuild,
            )
          : [];
      return {
        record,
        breaches: others.map(
          (other) =>
            `second Pod for ${record.containerBuild}: ${record.name} was created while ${other.name} (${other.pod.status?.phase ?? 'no phase'}) existed`,
        ),
      };
    },
  };
}

function recordOf(pod: V1Pod, isGone: boolean): PodRecord {
  const { uid = '', name = '', namespace = '', labels = {}, annotations = {} } = pod.metadata ?? {};
  const isBuilder = labels['app.kubernetes.io/managed-by'] === 'slipway';
  const values = identity.map((key) => labels[`slipway/${key}`] ?? '?');
  return {
    uid,
    name,
    namespace,
    buildId: annotations['slipway/build-id'] ?? null,
    containerBuild: isBuilder ? values.join('/') : null,
    pod,
    isGone,
  };
}
