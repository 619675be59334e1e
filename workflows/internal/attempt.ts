import { CancelledFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import type {
  AttemptIdentity,
  CreateBuildPodInput,
  InputsRecord,
  PodOutcome,
  PodRef,
} from '../contract/activities.ts';
import type { Attempt, ContainerFailure } from '../contract/build.ts';
import type { FailureType } from '../contract/failures.ts';
import { inputTag } from '../contract/ids.ts';
import type { ContainerBuildState } from './container-state.ts';
import { containerFailure, failureOf } from './failure-of.ts';
import {
  activities,
  awaitPodPolicy,
  createPodPolicy,
  deletePodPolicy,
  forgetPodPolicy,
} from './policies.ts';
import { proveImage } from './prove-image.ts';
import { decide, type Decision } from './retry.ts';

export interface AttemptRequest extends Omit<CreateBuildPodInput, 'attempt'> {
  readonly attempt: AttemptIdentity;
  /** Kept with the image, once it is proved. */
  readonly record: InputsRecord | undefined;
  /** What the attempts before it failed of. */
  readonly earlier: readonly FailureType[];
  readonly memoryCeiling: string | undefined;
  readonly longestBackOff: number | undefined;
}

export type AttemptOutcome =
  | { readonly kind: 'built'; readonly image: string; readonly digest: string }
  | ({ readonly kind: 'retry'; readonly type: FailureType } & Pick<
      Extract<Decision, { readonly kind: 'retry' }>,
      'wait' | 'raised' | 'next'
    >)
  | { readonly kind: 'failed'; readonly failure: ContainerFailure };

/** How far an attempt came: what there is to prove, to clean up and to tell of. */
interface Progress {
  pod: PodRef | null;
  outcome: PodOutcome | null;
  image: string | null;
  failure: ContainerFailure | null;
}

/**
 * One attempt: a Pod from its creation to its deletion, and the proof of the image it pushed.
 * Records the attempt in `state`. Returns only when the Pod object is gone; throws only
 * cancellations, and then the Pod is gone as well, or the sweeper's.
 */
export async function runAttempt(
  request: AttemptRequest,
  state: ContainerBuildState,
): Promise<AttemptOutcome> {
  const startedAt = now();
  const progress: Progress = { pod: null, outcome: null, image: null, failure: null };
  let cancelled: Error | null = null;
  try {
    await run(request, state, progress);
  } catch (error) {
    if (error instanceof Error && isCancellation(error)) cancelled = error;
    // A creation that fails while it is being cancelled is not tried again: no failure of the build.
    else if (CancellationScope.current().consideredCancelled) cancelled = new CancelledFailure('');
    else progress.failure = failureOf(error);
  }

  state.enter('cleanup');
  const { pod, outcome, failure, image } = progress;
  const leftover = await remove(request.attempt, cancelled !== null && pod === null);
  const decision: Decision =
    // A creation that failed has been tried as long as a Pod may wait, and there is no attempt to tell of.
    cancelled !== null || failure === null || leftover !== null || pod === null
      ? { kind: 'fail' }
      : decide({
          type: failure.type,
          earlier: request.earlier,
          generation: request.attempt.generation,
          limits: limitsOf(request, outcome),
          memoryCeiling: request.memoryCeiling,
          longestBackOff: request.longestBackOff,
        });
  if (pod !== null) {
    state.attempted({
      generation: request.attempt.generation,
      pod: pod.name,
      ...ending(cancelled !== null, failure, decision),
      startedAt: outcome?.startedAt ?? startedAt,
      finishedAt: outcome?.finishedAt ?? now(),
    });
  }
  if (cancelled !== null) throw cancelled;
  if (failure !== null) {
    return decision.kind === 'retry'
      ? { ...decision, type: failure.type }
      : { kind: 'failed', failure };
  }
  if (outcome?.kind !== 'succeeded' || image === null)
    throw new TypeError('no outcome, no failure');
  return { kind: 'built', image, digest: outcome.digest };
}

async function run(
  request: AttemptRequest,
  state: ContainerBuildState,
  progress: Progress,
): Promise<void> {
  const { attempt, container } = request;
  state.creatingPod(attempt.generation);
  progress.pod = await create(request);
  state.podCreated(progress.pod.name);
  state.warned(progress.pod.warnings);
  const outcome = await activities(
    awaitPodPolicy(container.timeouts),
    progress.pod.name,
  ).awaitBuildPod({
    attempt,
    pod: progress.pod,
    queueTimeout: container.timeouts.queue,
    ...(container.secrets === undefined ? {} : { secrets: container.secrets }),
  });
  progress.outcome = outcome;
  if (outcome.kind === 'failed') {
    progress.failure = containerFailure(outcome.failureType, outcome.reason, outcome.log);
    return;
  }
  state.warned(outcome.warnings);
  state.enter('verify');
  const { digest } = outcome;
  progress.image = await proveImage(`prove ${digest}`, container, digest, request.record);
}

function create(request: AttemptRequest): Promise<PodRef> {
  const { attempt, container, context, dockerfile, builder, inputDigest } = request;
  return activities(
    createPodPolicy(container.timeouts),
    `${builder.name} attempt ${attempt.generation} → ${inputTag(inputDigest).slice(0, 15)}`,
  ).createBuildPod({ attempt, container, context, dockerfile, builder, inputDigest });
}

function ending(
  isCancelled: boolean,
  failure: ContainerFailure | null,
  decision: Decision,
): Pick<Attempt, 'outcome' | 'failureType' | 'reason' | 'decision' | 'next'> {
  if (isCancelled) {
    return {
      outcome: 'cancelled',
      failureType: 'Cancelled',
      reason: 'cancelled',
      decision: 'cancel',
    };
  }
  if (failure === null) {
    return { outcome: 'succeeded', failureType: null, reason: null, decision: 'done' };
  }
  return {
    outcome: 'failed',
    failureType: failure.type,
    reason: failure.message,
    decision: decision.kind,
    ...(decision.kind === 'retry' ? { next: decision.next } : {}),
  };
}

/** What the Pod had: a namespace may have given it what the definition did not. */
function limitsOf({ container }: AttemptRequest, outcome: PodOutcome | null) {
  const { memory, ephemeralStorage } = container.resources;
  return {
    ...(memory === undefined ? {} : { memory }),
    ...(ephemeralStorage === undefined ? {} : { ephemeralStorage }),
    ...(outcome?.kind === 'failed' ? outcome.limits : {}),
  };
}

/**
 * Null when the Pod is gone; else what kept it, so that no second Pod is started beside it.
 *
 * @param isUnknown no answer told of a Pod, and nothing follows: not waited for when the cluster is away
 */
async function remove(
  attempt: AttemptIdentity,
  isUnknown: boolean,
): Promise<ContainerFailure | null> {
  try {
    await CancellationScope.nonCancellable(() =>
      activities(
        isUnknown ? forgetPodPolicy : deletePodPolicy,
        `attempt ${attempt.generation}`,
      ).deleteBuildPod({ attempt }),
    );
    return null;
  } catch (error) {
    const { workflowId } = workflowInfo();
    log.warn('a builder Pod may be left to the sweeper', { workflowId, error });
    return failureOf(error);
  }
}

function now(): string {
  return new Date(Date.now()).toISOString();
}
