import type { FailureType } from './failures.ts';

/**
 * Statuses of a build and of a component.
 *
 * - `queued`: nothing of it has been started.
 * - `running`: something of it is under way, its package included.
 * - `parked`: set aside until somebody decides on it; no version parks anything yet.
 * - `succeeded`: every image and every package is there; in a plan, every container has its verdict.
 * - `failed`: a container, a package or the build as a whole failed; what is finished stays.
 * - `cancelled`: somebody ended it; what is finished stays.
 */
export type BuildStatus = 'queued' | 'running' | 'parked' | 'succeeded' | 'failed' | 'cancelled';

/**
 * Statuses of a container. The first three can change; all others are final.
 *
 * - `queued`: its turn has not come.
 * - `running`: its container build runs: `ContainerPhase` says where it is.
 * - `parked`: as of a build.
 * - `built`: an attempt has pushed the image, and its registry answers for it.
 * - `unchanged`: not built, because the registry has an image of the same inputs: that one is taken.
 * - `existing`: the definition names an image that exists; its registry answers for it.
 * - `failed`: `failure` says of what.
 * - `cancelled`: somebody ended it during an attempt.
 * - `skipped`: ended before its first attempt. In a plan: it would be built.
 */
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

/**
 * Where a running container build is: its context is fetched (`source`), its Dockerfile rendered and
 * pinned (`render`), its Pod made and followed (`pod`), its image proved and tagged (`verify`), its Pod
 * deleted (`cleanup`). `waiting` is between two attempts, `done` the end.
 */
export type ContainerPhase =
  'source' | 'render' | 'pod' | 'verify' | 'cleanup' | 'waiting' | 'done';

/** What `slipway build --json` prints: a stable contract (DESIGN.md, Results). */
export interface BuildResult {
  /** `<application>/<key>`, the id of the workflow as well. */
  readonly buildId: string;
  /** The application's name. */
  readonly application: string;
  /** The explicit version; a derived one once the package is there, null before. */
  readonly version: string | null;
  /** Of the build as a whole. */
  readonly status: BuildStatus;
  /** In the definition's order. */
  readonly components: readonly ComponentResult[];
  /** The application's package; null while there is none, and in a plan. */
  readonly package: PackageRef | null;
  /** What started the build when no person or service did; absent otherwise. */
  readonly trigger?: BuildTrigger;
  /** What the build as a whole failed of, e.g. of its package; absent when it did not. */
  readonly failure?: ContainerFailure;
}

/** What started a build: a schedule, by its name in the definition, or a retry. */
export type BuildTrigger =
  | { readonly kind: 'schedule'; readonly schedule: string }
  /** `of` is the build that is tried again. */
  | { readonly kind: 'retry'; readonly of: string };

/** What a build has come to for one component. */
export interface ComponentResult {
  /** The component's name. */
  readonly name: string;
  /** `running` until its package is there, or never will be. */
  readonly status: BuildStatus;
  /** Null while there is none, and in a plan. */
  readonly package: PackageRef | null;
  /** Init containers first, as in the definition. */
  readonly containers: readonly ContainerResult[];
}

/** What a build has come to for one container. */
export interface ContainerResult {
  /** The container's name, unique in its component. */
  readonly name: string;
  /** Whether it is an init container. */
  readonly init: boolean;
  /** Where it is, or how it ended. */
  readonly status: ContainerStatus;
  /** `repository@sha256:…`, or null where there is none. */
  readonly image: string | null;
  /** `sha256:<hex>` of that image's manifest; null where there is no image. */
  readonly digest: string | null;
  /** Tags that this build has set for the image, beside `in-<input digest>`. */
  readonly tags: readonly string[];
  /** `sha256:<hex>` over all that makes the image what it is; null before that is known, and for `existing`. */
  readonly inputDigest: string | null;
  /** Attempts that have ended, in order; empty where no Pod was needed. */
  readonly attempts: readonly Attempt[];
  /** What it failed of, or was skipped for; null otherwise. */
  readonly failure: ContainerFailure | null;
  /** Why it is built, or is not; absent before its Dockerfile is rendered. */
  readonly why?: ContainerVerdict;
}

/** Whether a container has to be built, and what has changed since it was built last. */
export interface ContainerVerdict {
  /** `unchanged`: the registry has an image of the same inputs; `existing`: the definition names one. */
  readonly verdict: 'build' | 'unchanged' | 'existing';
  /** Empty for `unchanged` and `existing`. */
  readonly changes: readonly InputChange[];
}

/** One reason for which a container is built. */
export interface InputChange {
  /**
   * `commit`: a commit that changed the context; `settings`: target, platform, flags and the like;
   * `new`: no earlier build is known; `forced`: the caller wanted it; `uncacheable`: the Dockerfile
   * fetches what no digest covers; `missing`: the inputs are those of the last build, but the registry
   * has no image of them any more.
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
  /** What it was at the last build: commit, digest or text; null where there was none. */
  readonly from: string | null;
  /** What it is now; null where there is none. */
  readonly to: string | null;
}

/** One builder Pod of a container build, when it has ended. */
export interface Attempt {
  /** Its number, from 0. */
  readonly generation: number;
  /** Name of the Pod, which is deleted at the attempt's end. */
  readonly pod: string;
  /** `succeeded`: the image is proved as well. */
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  /** What it failed of; `Cancelled` for a cancelled one, null for one that succeeded. */
  readonly failureType: FailureType | null;
  /** The evidence in a person's words; null for one that succeeded. */
  readonly reason: string | null;
  /** What followed from it: `retry` is another attempt, `fail` the end of the container build. */
  readonly decision: 'done' | 'retry' | 'fail' | 'cancel';
  /** What the next attempt has different, and when it starts: "attempt 1 has 1Gi"; absent without one. */
  readonly next?: string;
  /** When the Pod was created, ISO 8601. */
  readonly startedAt: string;
  /** When its end was seen, ISO 8601. */
  readonly finishedAt: string;
}

/** What a container, or a build as a whole, failed of. */
export interface ContainerFailure {
  /** One of the closed list; `failurePolicies` has what follows from each. */
  readonly type: FailureType;
  /** What failed, where, and what was expected, in a person's words. */
  readonly message: string;
  /** What a person can do, as one sentence. */
  readonly hint: string;
  /** The last lines of the builder's log, redacted; null when no Pod wrote any. */
  readonly log: string | null;
}

/** A published package. */
export interface PackageRef {
  /** Key in the store's bucket. */
  readonly object: string;
  /** Of its bytes, hex without a prefix. */
  readonly sha256: string;
  /** Key of the in-toto statement about it; absent where none was kept. */
  readonly provenance?: string;
}

/** Which containers are built although an image with the same inputs exists. */
export type ForceSelection =
  'none' | 'all' | readonly { readonly component: string; readonly container: string }[];
