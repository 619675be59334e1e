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
export type ContainerPhase = 'source' | 'render' | 'pod' | 'verify' | 'cleanup' | 'done';

/** What `slipway build --json` prints: a stable contract (DESIGN.md, Results). */
export interface BuildResult {
  readonly buildId: string;
  readonly application: string;
  readonly version: string | null;
  readonly status: BuildStatus;
  readonly components: readonly ComponentResult[];
  readonly package: PackageRef | null;
}

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
}

/** Which containers are built although an image with the same inputs exists. */
export type ForceSelection =
  'none' | 'all' | readonly { readonly component: string; readonly container: string }[];
