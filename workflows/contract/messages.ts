import type { QueryDefinition, SignalDefinition } from '@temporalio/common';
import type {
  BuildStatus,
  ComponentResult,
  ContainerPhase,
  ContainerResult,
  ForceSelection,
  PackageRef,
} from './build.ts';
import type { Application, BuiltContainer, ExistingContainer } from './application.ts';
import type { ResolvedSource } from './activities.ts';

export interface BuildApplicationInput {
  readonly application: Application;
  readonly force: ForceSelection;
}

/** The build without its containers: components are asked for one by one, so that no payload grows large. */
export interface BuildSummary {
  readonly buildId: string;
  readonly application: string;
  readonly version: string | null;
  readonly status: BuildStatus;
  readonly components: readonly string[];
  readonly package: PackageRef | null;
  /** What a person should know of a Dockerfile although the build goes on, each with its container. */
  readonly warnings: readonly string[];
}

export type BuildContainerInput = {
  readonly buildId: string;
  readonly application: string;
  readonly component: string;
} & (
  | {
      readonly kind: 'build';
      readonly container: BuiltContainer;
      readonly source: ResolvedSource;
      readonly force: boolean;
    }
  | { readonly kind: 'existing'; readonly container: ExistingContainer }
);

export interface BuildContainerOutput {
  readonly result: ContainerResult;
  /** What the packages need of the rendered Dockerfile; null for an existing image or a failure. */
  readonly dockerfile: { readonly object: string; readonly digest: string } | null;
  readonly commit: string | null;
  readonly warnings: readonly string[];
}

/** Live state of one container build. */
export interface ContainerProgress {
  readonly phase: ContainerPhase;
  readonly generation: number;
  readonly pod: string | null;
  readonly result: ContainerResult;
}

export const summaryQuery = query<BuildSummary>('build');
export const componentQuery = query<ComponentResult, [string]>('component');
export const progressQuery = query<ContainerProgress>('progress');

/** A cancelled child tells its parent what it had done, before it ends: component, output. */
export const containerCancelledSignal = {
  type: 'signal',
  name: 'containerCancelled',
} as SignalDefinition<[string, BuildContainerOutput]>;

// `defineQuery` lives in the workflow package, which clients do not load; at run time it makes this.
function query<Result, Arguments extends unknown[] = []>(
  name: string,
): QueryDefinition<Result, Arguments> {
  return { type: 'query', name } as QueryDefinition<Result, Arguments>;
}

/** Names under which the workflows are registered. */
export const buildApplicationType = 'buildApplication';
export const buildContainerType = 'buildContainer';
