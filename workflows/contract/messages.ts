import type { QueryDefinition, SignalDefinition } from '@temporalio/common';
import type {
  BuildStatus,
  BuildTrigger,
  ComponentResult,
  ContainerFailure,
  ContainerPhase,
  ContainerResult,
  ForceSelection,
  PackageRef,
} from './build.ts';
import type { Application, BuiltContainer, ExistingContainer } from './application.ts';
import type {
  AssembleComponentOutput,
  DiagnoseInput,
  DiagnoseOutput,
  FinishedComponent,
  PresignReadsInput,
  PresignReadsOutput,
  RenderedContainer,
  ResolvedSource,
  SweepPodsOutput,
} from './activities.ts';

export interface BuildApplicationInput {
  readonly application: Application;
  readonly force: ForceSelection;
  /** `plan` stops each container before its first Pod. Absent: `build`. */
  readonly mode?: BuildMode;
  readonly trigger?: BuildTrigger;
  /** Commits that are already known, as a retry has them; other sources are resolved. */
  readonly sources?: readonly ResolvedSource[];
}
/** `plan` stops each container before its first Pod, and publishes nothing. */
export type BuildMode = 'build' | 'plan';

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
  readonly mode?: BuildMode;
  readonly trigger?: BuildTrigger;
  readonly failure?: ContainerFailure;
}

export type BuildContainerInput = {
  readonly buildId: string;
  readonly application: string;
  readonly component: string;
  /** The application's explicit version; absent or null: none. */
  readonly version?: string | null;
  readonly mode?: BuildMode;
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
  readonly commit: string | null;
  readonly warnings: readonly string[];
  /** Absent for an existing image, and for a failure before the Dockerfile was rendered. */
  readonly rendered?: RenderedContainer;
}

/** One container of a plan, or of a build whose Dockerfile has been rendered. */
export interface ContainerPlan {
  /** Name of the component. */
  readonly component: string;
  /** Name of the container. */
  readonly name: string;
  /** Its verdict is in `result.why`; `skipped` in a plan is one that would be built. */
  readonly result: ContainerResult;
  /** 40 hex digits; null for an existing image. */
  readonly commit: string | null;
  /** What it is, or would be, built from; null for an existing image, or where it did not come so far. */
  readonly rendered: RenderedContainer | null;
  /** What a person should know of it, e.g. an argument that nothing uses. */
  readonly warnings: readonly string[];
}

/** Live state of one container build. */
export interface ContainerProgress {
  /** Where it is. */
  readonly phase: ContainerPhase;
  /** Number of the attempt that it is at, from 0; between two attempts that of the last one. */
  readonly generation: number;
  /** Name of that attempt's Pod; null while there is none. */
  readonly pod: string | null;
  /** What it has come to so far, with the attempts that have ended. */
  readonly result: ContainerResult;
}

export const summaryQuery = query<BuildSummary>('build');
export const componentQuery = query<ComponentResult, [string]>('component');
/** The containers of the component that have ended, with what was rendered for them. */
export const planQuery = query<readonly ContainerPlan[], [string]>('plan');
/** The commits that the build sees; empty before they are resolved. */
export const sourcesQuery = query<readonly ResolvedSource[]>('sources');
/** The definition that is built, which a scheduled run may have read again. */
export const definitionQuery = query<Application>('definition');
/** What the component's package is made of; an error before all its containers are there. */
export const finishedComponentQuery = query<FinishedComponent, [string]>('finishedComponent');
/** The packages of the components, in the definition's order; an error before all are there. */
export const packagesQuery = query<readonly AssembleComponentOutput[]>('packages');
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
export const sweepOrphansType = 'sweepOrphans';
export const readObjectsType = 'readObjects';
export const diagnoseType = 'diagnoseInstallation';

/** The short workflows by which clients reach what only workers can; each runs one activity. */
export interface ReadObjects {
  (input: PresignReadsInput): Promise<PresignReadsOutput>;
}
export interface SweepOrphans {
  (): Promise<SweepPodsOutput>;
}
export interface DiagnoseInstallation {
  (input: DiagnoseInput): Promise<DiagnoseOutput>;
}
