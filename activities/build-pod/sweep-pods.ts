import { Context } from '@temporalio/activity';
import type { SweepPodsOutput } from '../../workflows/contract/activities.ts';
import type { Executions } from '../support/executions.ts';
import type { InstallationSettings } from '../support/settings.ts';
import type { Pods } from './kubernetes.ts';
import type { PodFacts } from './pod-facts.ts';
import { annotations } from './pod-metadata.ts';

/** A builder has nothing to save. */
const graceSeconds = 1;

export interface SweepPodsDependencies {
  readonly pods: Pick<Pods, 'list' | 'delete'>;
  readonly executions: Pick<Executions, 'state'>;
  readonly settings: Pick<InstallationSettings, 'installation' | 'namespace'>;
}

/**
 * Makes the activity that deletes the installation's Pods that nobody waits for any more: their
 * container build is closed (terminated, or timed out), or Temporal does not know it. A Pod without
 * the annotations of one is left alone: it was not made by this installation's workers.
 *
 * The Pods are read first, then the workflows: a Pod is made while its workflow runs, so one that
 * has just been made is never taken for an orphan, and the deletion names the very Pod that was read.
 * One that cannot be deleted does not keep the others.
 *
 * The activity throws `ClusterUnavailable`, `PodRejected`, and Temporal's own errors.
 */
export function createSweepPods(
  dependencies: SweepPodsDependencies,
): () => Promise<SweepPodsOutput> {
  return async () => {
    const { pods, settings } = dependencies;
    const all = await pods.list(settings.namespace, settings.installation);
    const deleted: string[] = [];
    const refused: unknown[] = [];
    for (const pod of all) {
      Context.current().heartbeat();
      if (pod.deleting || !(await isOrphan(dependencies, pod))) continue;
      try {
        await pods.delete(pod, graceSeconds);
        deleted.push(pod.name);
      } catch (error) {
        refused.push(error);
      }
    }
    if (refused.length > 0) throw refused[0];
    return { looked: all.length, deleted };
  };
}

async function isOrphan(
  { executions }: Pick<SweepPodsDependencies, 'executions'>,
  pod: PodFacts,
): Promise<boolean> {
  const workflowId = pod.annotations[annotations.workflowId];
  const firstRunId = pod.annotations[annotations.firstRunId];
  if (workflowId === undefined || firstRunId === undefined) return false;
  return (await executions.state(workflowId, firstRunId)) !== 'running';
}
