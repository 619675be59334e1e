import type { Worker } from '@temporalio/worker';
import type { PodInformer } from '../../activities/build-pod/pod-informer.ts';
import { askTemporal, type Temporal } from '../temporal.ts';
import type { HealthSources } from './health.ts';

/** What a process has made of its parts so far: probes are answered before all are there. */
export interface HealthParts {
  readonly workers: Worker[];
  temporal: Temporal | null;
  /** null also where the process awaits no Pods. */
  pods: Pick<PodInformer, 'podsByPhase'> | null;
}

export function healthSources(parts: HealthParts): HealthSources {
  return {
    workers: () =>
      parts.workers.map((worker) => ({
        taskQueue: worker.options.taskQueue,
        state: worker.getState(),
      })),
    podsKnown: () => (parts.pods === null ? null : parts.pods.podsByPhase() !== null),
    askTemporal: () => (parts.temporal === null ? null : askTemporal(parts.temporal)),
  };
}
