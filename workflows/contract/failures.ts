import { ApplicationFailure } from '@temporalio/common';

/**
 * What follows a failure of this type.
 *
 * - `never`: the same inputs fail again; a person has to change something.
 * - `wait`: a service is down or busy; the activity that met it is tried again with back-off.
 * - `attempt`: a new Pod may do better; `budget` attempts of this type per container build.
 * - `infrastructure`: nobody's fault; a new Pod, capped by `infrastructureBudget` over all types.
 */
export type RetryClass = 'never' | 'wait' | 'attempt' | 'infrastructure';

/** What follows a failure of one type. */
export interface FailurePolicy {
  /** Whether, and how, it is tried again. */
  readonly retry: RetryClass;
  /** New Pods after the first for this type, where `retry` is `attempt`; else 0. */
  readonly budget: number;
  /** How long the next try waits; null where there is none. */
  readonly backOff: BackOff | null;
  /** What of the Pod is doubled for the next attempt; null: it is the same again. */
  readonly raises: 'memory' | 'ephemeralStorage' | null;
  /** What a person can do, as one sentence. */
  readonly hint: string;
}

/** Seconds: the first wait, doubled from failure to failure of the type up to the ceiling. */
export interface BackOff {
  /** The first wait. */
  readonly first: number;
  /** What no wait exceeds. */
  readonly ceiling: number;
}

/** New Pods after infrastructure losses per container build, over all types together. */
export const infrastructureBudget = 5;

const never = (hint: string): FailurePolicy => ({
  retry: 'never',
  budget: 0,
  backOff: null,
  raises: null,
  hint,
});
const wait = (hint: string, backOff: BackOff = { first: 1, ceiling: 60 }): FailurePolicy => ({
  retry: 'wait',
  budget: 0,
  backOff,
  raises: null,
  hint,
});
const attempt = (
  budget: number,
  backOff: BackOff,
  hint: string,
  raises: FailurePolicy['raises'] = null,
): FailurePolicy => ({ retry: 'attempt', budget, backOff, raises, hint });
// Another node may take it at once; what comes back again and again gets more time.
const infrastructure = (hint: string): FailurePolicy => ({
  retry: 'infrastructure',
  budget: 0,
  backOff: { first: 1, ceiling: 30 },
  raises: null,
  hint,
});

const atOnce: BackOff = { first: 0, ceiling: 0 };
const soon: BackOff = { first: 2, ceiling: 30 };
const service: BackOff = { first: 5, ceiling: 120 };

/** The closed list: types may be added, never renamed. */
export const failurePolicies = {
  InvalidDefinition: never(
    'Correct the definition; `slipway validate FILE` checks it without building.',
  ),
  TemplateInvalid: never(
    'Correct the template or its arguments; the message names line and column.',
  ),
  SecretNotFound: never(
    'Create the Secret in the build namespace, labelled `slipway/use: git`, `registry` or `build`; one for git or registries is annotated `slipway/hosts` as well.',
  ),
  SourceNotFound: never('Check the repository, the ref and the paths in the definition.'),
  SourceAuthDenied: never('Check the credentials that the source names and what they may read.'),
  SourceUnavailable: wait(
    'The git server did not answer; check that it is up and reachable from the worker.',
  ),
  ContextRefused: never(
    'Keep links inside the context, shrink it with a `.dockerignore`, or choose another context.',
  ),
  ContextUnavailable: attempt(
    2,
    service,
    'The Pod could not fetch its context; check that Pods reach the object store.',
  ),
  ContextExpired: attempt(
    1,
    atOnce,
    'The Pod waited longer for its start than its context URL lived; raise `timeouts.queue`.',
  ),
  ContextCorrupted: never(
    'The object store does not hold what was put there: something has changed or deleted the object that the message names, maybe the bucket’s lifecycle. Delete one that was changed (a context is `contexts/…` of its digest), and build again.',
  ),
  BaseImageNotFound: never(
    'Check the name in FROM, COPY --from or RUN --mount; a mistyped stage name is read as an image.',
  ),
  BaseImageDenied: never(
    'Name a `pullSecret` that may read the base image; some registries deny what does not exist.',
  ),
  RegistryRateLimited: attempt(
    3,
    { first: 60, ceiling: 900 },
    'The registry limits requests; use a mirror (`SLIPWAY_REGISTRY_MIRRORS`) or credentials.',
  ),
  RegistryUnavailable: attempt(
    3,
    service,
    'The registry did not answer properly; check that it is up and reachable.',
  ),
  RegistryRefused: never(
    'The registry does not take the request, and will not take it again; the message has its answer. Check the repository’s name and what the registry supports.',
  ),
  PushDenied: never('Check that the `pushSecret` may write to this repository.'),
  TagImmutable: never('The registry forbids moving this tag; choose another version or tag.'),
  DockerfileInvalid: never(
    'Correct the Dockerfile; the message names the line or the instruction. A file that COPY does not find may lie outside the context, or be left out by `.dockerignore`.',
  ),
  BuildCommandFailed: never(
    'Mend the instruction; `slipway logs BUILD CONTAINER` shows all that it printed.',
  ),
  // Each time with twice the memory: the ceiling ends it before the budget does.
  OutOfMemory: attempt(
    16,
    atOnce,
    'Raise `resources.memory` of this container; retries stop at the worker’s `SLIPWAY_MEMORY_CEILING`.',
    'memory',
  ),
  DiskFull: attempt(
    1,
    soon,
    'Raise `resources.ephemeralStorage` or free the node’s disk.',
    'ephemeralStorage',
  ),
  UnpackConflict: never(
    'A file of the base image cannot be written in the builder Pod; try another builder or base.',
  ),
  SnapshotTimeout: never(
    'The builder took too long to record the file system; build fewer files per step.',
  ),
  BuildStalled: attempt(
    1,
    soon,
    'The build stood still; look at the log for the step that hangs. One that is only silent should print something, or `timeouts.build` be raised.',
  ),
  BuilderFault: attempt(
    1,
    soon,
    'The builder itself failed; report it with the log if it comes back.',
  ),
  Evicted: infrastructure(
    'The node ran short; if the message names ephemeral storage, raise `resources.ephemeralStorage`.',
  ),
  Preempted: infrastructure('A Pod of higher priority took the place.'),
  NodeLost: infrastructure('The node went away.'),
  PodDeleted: infrastructure(
    'Something else deleted the builder Pod; look at the namespace’s events and clean-up jobs.',
  ),
  PodConflict: never(
    'A Pod of this name exists that is not this build’s; find out who made it and delete it.',
  ),
  BuilderImagePull: never('Check the builder image’s reference and that nodes may pull it.'),
  PodRejected: never(
    'The cluster refused the Pod; the message says which rule, change it or the definition.',
  ),
  QuotaExceeded: wait(
    'The namespace’s quota was used up until `timeouts.queue` was over; raise one of them.',
    { first: 2, ceiling: 30 },
  ),
  Unschedulable: never(
    'No node fits; lower `resources`, change `nodeSelector`, or raise `timeouts.queue`.',
  ),
  DeadlineExceeded: never(
    'The build ran longer than `timeouts.build`; raise it or make the build faster.',
  ),
  DigestMismatch: attempt(
    1,
    soon,
    'The registry does not hold what the builder reported; look for another writer of this repository.',
  ),
  VersionExists: never('This version has been published with other content; choose a new version.'),
  ClusterUnavailable: wait(
    'The Kubernetes API did not answer; check that it is up and that the worker may reach it.',
  ),
  StorageUnavailable: wait(
    'The object store did not answer; check that it is up and that the worker may reach it.',
  ),
  Cancelled: never('Someone cancelled the build; start a new one.'),
  Unknown: attempt(1, soon, 'The evidence fits no known failure; the log tail is all there is.'),
  PodStillRunning: wait('Not a failure: the wait for the Pod goes on.'),
} as const satisfies Record<string, FailurePolicy>;

/** Name of one kind of failure: a key of `failurePolicies`. */
export type FailureType = keyof typeof failurePolicies;

export function isFailureType(type: string | null | undefined): type is FailureType {
  return type !== null && type !== undefined && Object.hasOwn(failurePolicies, type);
}

/** What a failure of an activity carries beside type and message. */
export interface FailureDetails {
  /** Last lines of a log, redacted. */
  readonly log?: string;
}

/**
 * The one way that activities and workflows fail: `type` decides whether Temporal tries the
 * activity again (all but `never`).
 *
 * @param message what failed, where, and what was expected; never a secret value
 * @param options.retryAfter milliseconds until the activity is tried again, where the other side has
 *   said so; else the activity's policy tells
 */
export function failure(
  type: FailureType,
  message: string,
  options: {
    readonly cause?: unknown;
    readonly details?: FailureDetails;
    readonly retryAfter?: number;
  } = {},
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: failurePolicies[type].retry === 'never',
    ...(options.details === undefined ? {} : { details: [options.details] }),
    ...(options.cause instanceof Error ? { cause: options.cause } : {}),
    ...(options.retryAfter === undefined ? {} : { nextRetryDelay: options.retryAfter }),
  });
}
