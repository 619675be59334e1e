import { Context } from '@temporalio/activity';
import type { CreateBuildPodInput, PodRef } from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import type { Registry } from '../registry/registry.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { Secrets } from '../support/secrets.ts';
import type { Pods } from './kubernetes.ts';
import { layerCacheProblem } from './layer-cache-problem.ts';
import { podName } from './names.ts';
import type { PodFacts } from './pod-facts.ts';
import { annotations, belongsTo } from './pod-metadata.ts';
import type { PodRequest } from './pod-request.ts';
import { buildPod, specHash } from './spec.ts';

/** The longest life of a presigned URL (S3 signature version 4), in seconds. */
const longestPresign = 7 * 24 * 3_600;

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
 * `SecretNotFound` (the push Secret is not for this registry or the cache's, the pull Secret for
 * none, either has a login for a host that it is not for, a build-time secret not for builds), `ContextUnavailable`, `ClusterUnavailable`,
 * `StorageUnavailable`. A layer cache that cannot be used is left out, with a warning.
 */
export function createCreateBuildPod(
  dependencies: CreateBuildPodDependencies,
): (input: CreateBuildPodInput) => Promise<PodRef> {
  return async (input) => {
    const { pods, store, settings } = dependencies;
    await checkMountedSecrets(dependencies.secrets, input);
    const { queue, build } = input.container.timeouts;
    const dockerfile = (await store.get(input.dockerfile.object)).toString('utf8');
    const request: PodRequest = {
      ...input,
      settings,
      dockerfile,
      cacheProblem: await layerCacheProblem(dependencies, { ...input, dockerfile }),
      contextUrl: await store.presignGet(
        input.context.object,
        Math.min(queue + build, longestPresign),
      ),
    };
    // Nobody waits any more for a creation that was given up: it must not come after the deletion.
    Context.current().cancellationSignal.throwIfAborted();
    const created = await pods.create(buildPod(request));
    if (created.kind === 'created') return reference(created.pod);
    return adopt(pods, request);
  };
}

/**
 * A Secret is mounted only where a person has said what it is for: a RUN of Kaniko can read it. Base
 * images may come from any registry, so a pull Secret need not be for a certain one.
 */
async function checkMountedSecrets(
  secrets: Secrets,
  { container }: CreateBuildPodInput,
): Promise<void> {
  const { pushSecret, pullSecret, cache, secrets: buildSecrets = [] } = container;
  const cacheHosts = cache === undefined ? [] : [hostOf(cache.repository)];
  if (pushSecret !== null) {
    await secrets.requireRegistryUse(pushSecret, [hostOf(container.repository), ...cacheHosts]);
  }
  if (pullSecret !== null && pullSecret !== pushSecret) {
    await secrets.requireRegistryUse(pullSecret, pushSecret === null ? cacheHosts : []);
  }
  for (const { secret, key } of buildSecrets) await secrets.requireBuildUse(secret, key);
}

function hostOf(repository: string): string {
  return repository.split('/', 1)[0] ?? '';
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
