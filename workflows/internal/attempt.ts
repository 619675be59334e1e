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

/** How far an attempt came: what there is to clean up and to tell of. */
interface Reached {
  readonly pod: PodRef | null;
  readonly outcome: PodOutcome | null;
}

type Ran =
  | ({ readonly kind: 'built'; readonly image: string; readonly digest: string } & Reached)
  | ({ readonly kind: 'failed'; readonly failure: ContainerFailure } & Reached)
  | ({ readonly kind: 'cancelled'; readonly error: Error } & Reached);

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
  const ran = await run(request, state);
  const { pod, outcome } = ran;

  state.enter('cleanup');
  const leftover = await remove(request.attempt, ran.kind === 'cancelled' && pod === null);
  function record(end: Ending): void {
    // A creation that failed has been tried as long as a Pod may wait, and there is no attempt to tell of.
    if (pod === null) return;
    state.attempted({
      generation: request.attempt.generation,
      pod: pod.name,
      ...end,
      startedAt: outcome?.startedAt ?? startedAt,
      finishedAt: outcome?.finishedAt ?? now(),
    });
  }

  if (ran.kind === 'cancelled') {
    record({
      outcome: 'cancelled',
      failureType: 'Cancelled',
      reason: 'cancelled',
      decision: 'cancel',
    });
    throw ran.error;
  }
  if (ran.kind === 'built') {
    record({ outcome: 'succeeded', failureType: null, reason: null, decision: 'done' });
    return { kind: 'built', image: ran.image, digest: ran.digest };
  }
  const { failure } = ran;
  const decision: Decision =
    pod === null || leftover !== null ? { kind: 'fail' } : decided(request, failure.type, outcome);
  record({
    outcome: 'failed',
    failureType: failure.type,
    reason: failure.message,
    decision: decision.kind,
    ...(decision.kind === 'retry' ? { next: decision.next } : {}),
  });
  return decision.kind === 'retry'
    ? { ...decision, type: failure.type }
    : { kind: 'failed', failure };
}

type Ending = Pick<Attempt, 'outcome' | 'failureType' | 'reason' | 'decision' | 'next'>;

async function run(request: AttemptRequest, state: ContainerBuildState): Promise<Ran> {
  const { attempt, container } = request;
  let pod: PodRef | null = null;
  let outcome: PodOutcome | null = null;
  try {
    state.creatingPod(attempt.generation);
    pod = await create(request);
    state.podCreated(pod.name);
    state.warned(pod.warnings);
    outcome = await activities(awaitPodPolicy(container.timeouts), pod.name).awaitBuildPod({
      attempt,
      pod,
      queueTimeout: container.timeouts.queue,
      ...(container.secrets === undefined ? {} : { secrets: container.secrets }),
    });
    if (outcome.kind === 'failed') {
      const failure = containerFailure(outcome.failureType, outcome.reason, outcome.log);
      return { kind: 'failed', failure, pod, outcome };
    }
    state.warned(outcome.warnings);
    state.enter('verify');
    const { digest } = outcome;
    const image = await proveImage(`prove ${digest}`, container, digest, request.record);
    return { kind: 'built', image, digest, pod, outcome };
  } catch (error) {
    if (error instanceof Error && isCancellation(error)) {
      return { kind: 'cancelled', error, pod, outcome };
    }
    // A creation that fails while it is being cancelled is not tried again: no failure of the build.
    if (CancellationScope.current().consideredCancelled) {
      return { kind: 'cancelled', error: new CancelledFailure(''), pod, outcome };
    }
    return { kind: 'failed', failure: failureOf(error), pod, outcome };
  }
}

function create(request: AttemptRequest): Promise<PodRef> {
  const { attempt, container, context, dockerfile, builder, inputDigest } = request;
  return activities(
    createPodPolicy(container.timeouts),
    `${builder.name} attempt ${attempt.generation} → ${inputTag(inputDigest).slice(0, 15)}`,
  ).createBuildPod({ attempt, container, context, dockerfile, builder, inputDigest });
}

function decided(request: AttemptRequest, type: FailureType, outcome: PodOutcome | null): Decision {
  return decide({
    type,
    earlier: request.earlier,
    generation: request.attempt.generation,
    limits: limitsOf(request, outcome),
    memoryCeiling: request.memoryCeiling,
    longestBackOff: request.longestBackOff,
  });
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
