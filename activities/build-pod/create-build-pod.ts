import { Context } from '@temporalio/activity';
import type { CreateBuildPodInput, PodRef } from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import type { Registry } from '../registry/registry.ts';
import { checkMountedSecrets } from '../support/mounted-secrets.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { Secrets } from '../support/secrets.ts';
import { storedContent } from '../support/stored-content.ts';
import type { Pods } from './kubernetes.ts';
import { layerCacheProblem } from './layer-cache-problem.ts';
import { podName } from './names.ts';
import type { PodFacts } from './pod-facts.ts';
import { annotations, belongsTo } from './pod-metadata.ts';
import type { PodRequest } from './pod-request.ts';
import { buildPod, specHash } from './spec.ts';

/** The longest life of a presigned URL (S3 signature version 4), in seconds. */
const longestPresign = 7 * 24 * 3_600;

/** Seconds that a transfer of a source may take, to the store as well as from it. */
const sourceDeadline = 20 * 60;

export interface CreateBuildPodDependencies {
  readonly pods: Pods;
  readonly store: ObjectStore;
  readonly secrets: Secrets;
  readonly registry: Pick<Registry, 'checkPush'>;
  readonly settings: PodRequest['settings'];
}

/**
 * Makes the activity that creates an attempt's Pod. Run again, it finds the Pod that it made: a
 * Pod of the same name is adopted when it was made for this attempt from the same spec and is not
 * being deleted.
 *
 * The activity throws `PodConflict`, `QuotaExceeded`, `PodRejected`, `InvalidDefinition`,
 * `SecretNotFound`, `ContextCorrupted` when the Dockerfile in the store is not what it was or gone,
 * `ClusterUnavailable`, `StorageUnavailable`. A layer cache that cannot be used is left out, with a
 * warning.
 */
export function createCreateBuildPod(
  dependencies: CreateBuildPodDependencies,
): (input: CreateBuildPodInput) => Promise<PodRef> {
  return async (input) => {
    const { pods, store, settings } = dependencies;
    await checkMountedSecrets(dependencies.secrets, input.container);
    const { queue } = input.container.timeouts;
    const { object, digest } = input.dockerfile;
    const dockerfile = (await storedContent(store, object, digest)).toString('utf8');
    const request: PodRequest = {
      ...input,
      settings,
      dockerfile,
      cacheProblem: await layerCacheProblem(dependencies, { ...input, dockerfile }),
      contextUrl: await store.presignGet(
        input.context.object,
        Math.min(queue + sourceDeadline, longestPresign),
      ),
    };
    // Nobody waits any more for a creation that was given up: it must not come after the deletion.
    Context.current().cancellationSignal.throwIfAborted();
    const created = await pods.create(buildPod(request));
    if (created.kind === 'created') return reference(created.pod);
    return adopt(pods, request);
  };
}

async function adopt(pods: Pods, request: PodRequest): Promise<PodRef> {
  const { namespace } = request.settings;
  const name = podName(request.attempt);
  const existing = await pods.get(namespace, name);
  if (existing === null) {
    // It went away between the two calls; the next try creates it.
    throw failure('ClusterUnavailable', `Pod ${namespace}/${name} existed and is gone again`);
  }
  const conflict = conflictWith(existing, request);
  if (conflict !== null) throw failure('PodConflict', `Pod ${namespace}/${name} ${conflict}`);
  return reference(existing);
}

function conflictWith(existing: PodFacts, request: PodRequest): string | null {
  if (!belongsTo(existing.annotations, request.attempt)) {
    return 'exists, but was not made for this container build';
  }
  if (existing.annotations[annotations.specHash] !== specHash(request)) {
    return `exists with another spec (${annotations.specHash} differs)`;
  }
  if (existing.deleting) return 'exists, but is being deleted';
  return null;
}

function reference(pod: PodFacts): PodRef {
  const { namespace, name, uid } = pod;
  // Of the Pod as it was made: an adopted one may have found the cache otherwise than this try.
  const problem = pod.annotations[annotations.cacheProblem];
  return { namespace, name, uid, ...(problem === undefined ? {} : { warnings: [problem] }) };
}
