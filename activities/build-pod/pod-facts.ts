import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

const podPhases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/** What a Pod says about itself, as far as a build depends on it. Times are milliseconds. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** When the kubelet took the Pod; null before. `activeDeadlineSeconds` counts from here. */
  readonly startedAt: number | null;
  readonly activeDeadlineSeconds: number | null;
  readonly deleting: boolean;
  readonly nodeName: string | null;
  readonly phase: (typeof podPhases)[number];
  readonly reason: string | null;
  readonly message: string | null;
  readonly conditions: readonly PodConditionFacts[];
  /** In the order of their run: init containers first. */
  readonly containers: readonly ContainerFacts[];
}

interface PodConditionFacts {
  readonly type: string;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
}

export interface ContainerFacts {
  readonly name: string;
  readonly memoryLimit: string | null;
  readonly storageLimit: string | null;
  readonly state: ContainerState;
}
type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string | null; readonly message: string | null }
  | { readonly kind: 'running' }
  | {
      readonly kind: 'terminated';
      readonly exitCode: number;
      readonly reason: string | null;
      /** The termination message: the builder's digest file, or the end of the log. */
      readonly message: string | null;
      readonly finishedAt: number | null;
    };

/**
 * @param pod from the API client or from a watch: the former has times as `Date`, the latter as
 *   text, whatever the type says
 */
export function podFacts(pod: V1Pod): PodFacts {
  const { metadata, spec, status } = pod;
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    annotations: metadata?.annotations ?? {},
    createdAt: time(metadata?.creationTimestamp) ?? 0,
    startedAt: time(status?.startTime),
    activeDeadlineSeconds: spec?.activeDeadlineSeconds ?? null,
    deleting: metadata?.deletionTimestamp !== undefined,
    nodeName: spec?.nodeName ?? null,
    phase: phase(status?.phase),
    reason: status?.reason ?? null,
    message: status?.message ?? null,
    conditions: (status?.conditions ?? []).map((condition) => ({
      type: condition.type,
      status: condition.status,
      reason: condition.reason ?? null,
      message: condition.message ?? null,
    })),
    containers: containers(pod),
  };
}

/** The container whose termination message is the digest: the one after all init containers. */
export function mainContainer(facts: PodFacts): ContainerFacts | null {
  return facts.containers.at(-1) ?? null;
}

export function hasEnded(facts: PodFacts): boolean {
  return facts.phase === 'Succeeded' || facts.phase === 'Failed';
}

export function hasStarted(facts: PodFacts): boolean {
  return facts.containers.some(({ state }) => state.kind !== 'waiting');
}

function containers({ spec, status }: V1Pod): readonly ContainerFacts[] {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((container) => ({
    name: container.name,
    memoryLimit: container.resources?.limits?.['memory'] ?? null,
    storageLimit: container.resources?.limits?.['ephemeral-storage'] ?? null,
    state: state(statuses.find(({ name }) => name === container.name)),
  }));
}

function state(status: V1ContainerStatus | undefined): ContainerState {
  const terminated = status?.state?.terminated;
  if (terminated !== undefined) {
    return {
      kind: 'terminated',
      exitCode: terminated.exitCode,
      reason: terminated.reason ?? null,
      message: terminated.message ?? null,
      finishedAt: time(terminated.finishedAt),
    };
  }
  if (status?.state?.running !== undefined) return { kind: 'running' };
  const waiting = status?.state?.waiting;
  return { kind: 'waiting', reason: waiting?.reason ?? null, message: waiting?.message ?? null };
}

function phase(text: string | undefined): PodFacts['phase'] {
  return podPhases.find((known) => known === text) ?? 'Pending';
}

function time(value: unknown): number | null {
  if (!(value instanceof Date) && typeof value !== 'string') return null;
  const milliseconds = new Date(value).getTime();
  return Number.isNaN(milliseconds) ? null : milliseconds;
}
