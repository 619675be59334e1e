import type { ResolvedSource } from './activities.ts';
import type { BuildResult } from './build.ts';
import type { BuildMode, ContainerPlan } from './messages.ts';

/** `results/<build id>.json`: what a build's queries said at its end. */
export interface RecordedBuild {
  /** Of this format. */
  readonly schemaVersion: 1;
  /** Whether it was a plan. */
  readonly mode: BuildMode;
  /** With the trigger and, where there is one, the failure of the build as a whole. */
  readonly result: BuildResult;
  /** The commits that the build saw. */
  readonly sources: readonly ResolvedSource[];
  /** Commit and rendered materials, container by container; what ended before them has null there. */
  readonly containers: readonly RecordedContainer[];
  /** What a person should know of the Dockerfiles, each with its container. */
  readonly warnings: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly finishedAt: string;
}

/** A container's plan without its result, which `result` has. */
export type RecordedContainer = Omit<ContainerPlan, 'result'>;
