import { Context } from '@temporalio/activity';
import type { DeleteBuildPodInput } from '../../workflows/contract/activities.ts';
import type { InstallationSettings } from '../support/settings.ts';
import type { Clock } from './clock.ts';
import type { PodNews, Pods } from './kubernetes.ts';
import { podName } from './names.ts';
import type { PodFacts } from './pod-facts.ts';
import { belongsTo } from './pod-metadata.ts';
import { createPodView, newsOrTime, type PodView } from './pod-view.ts';

/** A builder has nothing to save. */
const graceSeconds = 1;
/** Without news of the deletion for this long the Pod is asked for. */
const truthMilliseconds = 5_000;

export interface DeleteBuildPodDependencies {
  readonly pods: Pods;
  readonly news: PodNews;
  readonly clock: Clock;
  readonly settings: Pick<InstallationSettings, 'namespace' | 'nodeLostAfter'>;
}

/**
 * Makes the activity that deletes an attempt's Pod and resolves when the object is gone, so that
 * the next attempt cannot run beside it. It needs the attempt's identity alone: the Pod is found
 * even when its creation was never answered. On a node that has been unreachable for
 * `nodeLostAfter`, or is gone, nobody confirms the deletion: there the object is removed by force.
 * A Pod of that name that was not made for the attempt is left alone.
 *
 * The activity throws `ClusterUnavailable`, `PodRejected`, and `CancelledFailure`.
 */
export function createDeleteBuildPod(
  dependencies: DeleteBuildPodDependencies,
): (input: DeleteBuildPodInput) => Promise<void> {
  return async ({ attempt }) => {
    const { pods, news, settings } = dependencies;
    const name = podName(attempt);
    const view = createPodView();
    const unsubscribe = news.subscribe(settings.namespace, name, view.update);
    try {
      const pod = await pods.get(settings.namespace, name);
      if (pod === null || !belongsTo(pod.annotations, attempt)) return;
      await pods.delete(pod, graceSeconds);
      await untilGone(dependencies, pod, view);
    } finally {
      unsubscribe();
    }
  };
}

async function untilGone(
  { pods, clock, settings }: DeleteBuildPodDependencies,
  pod: PodFacts,
  view: PodView,
): Promise<void> {
  const signal = Context.current().cancellationSignal;
  for (;;) {
    const version = view.version();
    const current = await pods.get(pod.namespace, pod.name);
    if (current === null || current.uid !== pod.uid) return;
    if (await isNodeLost({ pods, clock, settings }, current)) await pods.delete(pod, 0);
    await newsOrTime({ clock, view, signal }, version, truthMilliseconds);
  }
}

async function isNodeLost(
  { pods, clock, settings }: Pick<DeleteBuildPodDependencies, 'pods' | 'clock' | 'settings'>,
  { nodeName }: PodFacts,
): Promise<boolean> {
  if (nodeName === null) return false;
  const node = await pods.node(nodeName);
  if (node === null) return true;
  return node.ready === 'Unknown' && clock.now() >= node.since + settings.nodeLostAfter * 1_000;
}
