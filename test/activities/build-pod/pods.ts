import type { V1ContainerState, V1ContainerStatus, V1PodStatus } from '@kubernetes/client-node';

/** Statuses as kubelets write them: of plain objects, so that they can be spread. */
export type Status = Pick<V1PodStatus, keyof V1PodStatus>;

export const digest = `sha256:${'d'.repeat(64)}`;
const started = (at: Date): Pick<Status, 'startTime'> => ({ startTime: at });

export function containerStatus(name: string, state: V1ContainerState): V1ContainerStatus {
  return { name, state, image: '', imageID: '', ready: false, restartCount: 0 };
}

export function unschedulable(message: string): Status {
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return { phase: 'Pending', conditions: [condition] };
}

export function waiting(reason: string, message: string, at: Date): Status {
  return {
    phase: 'Pending',
    ...started(at),
    containerStatuses: [containerStatus('kaniko', { waiting: { reason, message } })],
  };
}

/** The context is unpacked: it is the builder's turn. */
const contextDone: Pick<Status, 'initContainerStatuses'> = {
  initContainerStatuses: [
    containerStatus('context', { terminated: { exitCode: 0, reason: 'Completed' } }),
  ],
};

export function running(at: Date): Status {
  return {
    phase: 'Running',
    ...started(at),
    ...contextDone,
    containerStatuses: [containerStatus('kaniko', { running: { startedAt: at } })],
  };
}

export function ended(
  exitCode: number,
  options: { readonly message?: string; readonly reason?: string } = {},
): Status {
  const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', ...options };
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    ...contextDone,
    containerStatuses: [containerStatus('kaniko', { terminated })],
  };
}
