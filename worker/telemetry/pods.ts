import type { PodInformer } from '../../activities/build-pod/pod-informer.ts';
import type { Metrics } from './metrics.ts';

/** Milliseconds between two looks at what the watch knows. */
const interval = 5_000;

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/**
 * Keeps the gauge of builder Pods: a phase without Pods is 0, not absent.
 *
 * @returns stops it
 */
export function reportPods(
  informer: Pick<PodInformer, 'podsByPhase'>,
  metrics: Metrics,
): () => void {
  const report = (): void => {
    const counts = informer.podsByPhase();
    if (counts === null) return;
    for (const phase of phases) metrics.record('slipway_pods', counts.get(phase) ?? 0, { phase });
  };
  const timer = setInterval(report, interval);
  timer.unref();
  return () => clearInterval(timer);
}
