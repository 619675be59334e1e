import type { FailureType } from './failures.ts';

/** Statuses of a build and of a component. */
export type BuildStatus = 'queued' | 'running' | 'parked' | 'succeeded' | 'failed' | 'cancelled';

export type ContainerStatus =
  | 'queued'
  | 'running'
  | 'parked'
  | 'built'
  | 'unchanged'
  | 'existing'
  | 'failed'
  | 'cancelled'
  | 'skipped';

/** Where a running container build is. */
export type ContainerPhase =
  'source' | 'render' | 'pod' | 'verify' | 'cleanup' | 'waiting' | 'done';

/** What `slipway build --json` prints: a stable contract (DESIGN.md, Results). */
export interface BuildResult {
  readonly buildId: string;
  readonly application: string;
  readonly version: string | null;
  readonly status: BuildStatus;
  readonly components: readonly ComponentResult[];
  readonly package: PackageRef | null;
  /** What started the build when no person or service did; absent otherwise. */
  readonly trigger?: BuildTrigger;
  /** What the build as a whole failed of, e.g. of its package; absent when it did not. */
  readonly failure?: ContainerFailure;
}

export type BuildTrigger =
  | { readonly kind: 'schedule'; readonly schedule: string }
  /** `of` is the build that is tried again. */
  | { readonly kind: 'retry'; readonly of: string };

export interface ComponentResult {
  readonly name: string;
  readonly status: BuildStatus;
  readonly package: PackageRef | null;
  readonly containers: readonly ContainerResult[];
}

export interface ContainerResult {
  readonly name: string;
  readonly init: boolean;
  readonly status: ContainerStatus;
  /** `repository@sha256:…`, or null where there is none. */
  readonly image: string | null;
  readonly digest: string | null;
  readonly tags: readonly string[];
  readonly inputDigest: string | null;
  readonly attempts: readonly Attempt[];
  readonly failure: ContainerFailure | null;
  /** Why it is built, or is not; absent before its Dockerfile is rendered. */
  readonly why?: ContainerVerdict;
}

/** Whether a container has to be built, and what has changed since it was built last. */
export interface ContainerVerdict {
  readonly verdict: 'build' | 'unchanged' | 'existing';
  /** Empty for `unchanged` and `existing`. */
  readonly changes: readonly InputChange[];
}

export interface InputChange {
  /**
   * `new`: no earlier build is known; `missing`: the inputs are those of the last build, but the
   * registry has no image of them any more.
   */
  readonly what:
    | 'new'
    | 'commit'
    | 'dockerfile'
    | 'arguments'
    | 'base image'
    | 'builder'
    | 'settings'
    | 'forced'
    | 'uncacheable'
    | 'missing';
  /** Which one, where there are several: the base image's name, the argument's. */
  readonly name?: string;
  /** Commit, digest or text; null where there was, or is, none. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface Attempt {
  readonly generation: number;
  readonly pod: string;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly failureType: FailureType | null;
  /** The evidence in a person's words. */
  readonly reason: string | null;
  /** What followed from it. */
  readonly decision: 'done' | 'retry' | 'fail' | 'cancel';
  /** What the next attempt has different, and when it starts: "attempt 1 has 1Gi"; absent without one. */
  readonly next?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface ContainerFailure {
  readonly type: FailureType;
  readonly message: string;
  readonly hint: string;
  /** The last lines of the builder's log, redacted; null when no Pod wrote any. */
  readonly log: string | null;
}

export interface PackageRef {
  /** Key in the store's bucket. */
  readonly object: string;
  readonly sha256: string;
  /** Key of its in-toto statement. */
  readonly provenance?: string;
}

/** Which containers are built although an image with the same inputs exists. */
export type ForceSelection =
  'none' | 'all' | readonly { readonly component: string; readonly container: string }[];
