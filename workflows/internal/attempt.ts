import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import type {
  AttemptIdentity,
  CreateBuildPodInput,
  PodOutcome,
  PodRef,
} from '../contract/activities.ts';
import { inputTag } from '../contract/ids.ts';
import type { Attempt, ContainerFailure } from '../contract/build.ts';
import type { FailureType } from '../contract/failures.ts';
import type { ContainerBuildState } from './container-state.ts';
import { containerFailure, failureOf } from './failure-of.ts';
import {
  activities,
  awaitPodPolicy,
  createPodPolicy,
  deletePodPolicy,
  requestPolicy,
} from './policies.ts';
import { decide } from './retry.ts';

export type AttemptOutcome =
  | { readonly kind: 'built'; readonly image: string; readonly digest: string }
  | { readonly kind: 'retry'; readonly type: FailureType }
  | { readonly kind: 'failed'; readonly failure: ContainerFailure };

/**
 * One attempt: a Pod from its creation to its deletion, and the proof of the image it pushed.
 * Records the attempt in `state`. Returns only when the Pod object is gone; throws only
 * cancellations, and then the Pod is gone as well.
 */
export async function runAttempt(
  request: Omit<CreateBuildPodInput, 'attempt'> & { readonly attempt: AttemptIdentity },
  state: ContainerBuildState,
  earlier: readonly FailureType[],
): Promise<AttemptOutcome> {
  const { attempt, container } = request;
  const startedAt = now();
  let pod: PodRef | null = null;
  let outcome: PodOutcome | null = null;
  let image: string | null = null;
  let failure: ContainerFailure | null = null;
  let cancelled: Error | null = null;
  try {
    state.creatingPod(attempt.generation);
    pod = await create(request);
    state.podCreated(pod.name);
    outcome = await activities(awaitPodPolicy(container.timeouts), pod.name).awaitBuildPod({
      attempt,
      pod,
      queueTimeout: container.timeouts.queue,
    });
    if (outcome.kind === 'failed') {
      failure = containerFailure(outcome.failureType, outcome.reason, outcome.log);
    } else {
      state.enter('verify');
      const proved = await activities(requestPolicy, `prove ${outcome.digest}`).verifyImage({
        repository: container.repository,
        digest: outcome.digest,
        tags: container.tags,
        secret: container.pushSecret,
      });
      image = proved.image;
    }
  } catch (error) {
    if (error instanceof Error && isCancellation(error)) cancelled = error;
    else failure = failureOf(error);
  }

  state.enter('cleanup');
  const leftover = await remove(attempt);
  const decision =
    cancelled !== null
      ? 'cancel'
      : failure === null
        ? 'done'
        : leftover === null
          ? decide(failure.type, earlier)
          : 'fail';
  if (pod !== null) {
    state.attempted({
      generation: attempt.generation,
      pod: pod.name,
      outcome: cancelled !== null ? 'cancelled' : failure === null ? 'succeeded' : 'failed',
      failureType: cancelled !== null ? 'Cancelled' : (failure?.type ?? null),
      reason: cancelled !== null ? 'cancelled' : (failure?.message ?? null),
      decision,
      startedAt: outcome?.startedAt ?? startedAt,
      finishedAt: outcome?.finishedAt ?? now(),
    } satisfies Attempt);
  }
  if (cancelled !== null) throw cancelled;
  if (failure !== null) {
    return decision === 'retry'
      ? { kind: 'retry', type: failure.type }
      : { kind: 'failed', failure };
  }
  if (outcome?.kind !== 'succeeded' || image === null)
    throw new TypeError('no outcome, no failure');
  return { kind: 'built', image, digest: outcome.digest };
}

// Creation does not see a cancel: else a Pod could appear after its deletion.
function create(request: CreateBuildPodInput): Promise<PodRef> {
  const { attempt, builder } = request;
  return CancellationScope.nonCancellable(() =>
    activities(
      createPodPolicy,
      `${builder.name} attempt ${attempt.generation} → ${inputTag(request.inputDigest).slice(0, 15)}`,
    ).createBuildPod(request),
  );
}

/** Null when the Pod is gone; else what kept it, so that no second Pod is started beside it. */
async function remove(attempt: AttemptIdentity): Promise<ContainerFailure | null> {
  try {
    await CancellationScope.nonCancellable(() =>
      activities(deletePodPolicy, `attempt ${attempt.generation}`).deleteBuildPod({ attempt }),
    );
    return null;
  } catch (error) {
    log.warn('builder Pod may be left behind', { workflowId: workflowInfo().workflowId, error });
    return failureOf(error);
  }
}

function now(): string {
  return new Date(Date.now()).toISOString();
}
