import { ApplicationFailure, ChildWorkflowFailure } from '@temporalio/common';
import {
  CancellationScope,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ResolvedSource } from './contract/activities.ts';
import type { Application, Component, Container } from './contract/application.ts';
import type { ForceSelection } from './contract/build.ts';
import { failure } from './contract/failures.ts';
import { containerBuildId } from './contract/ids.ts';
import {
  buildContainerType,
  type BuildApplicationInput,
  type BuildContainerInput,
  type BuildContainerOutput,
  type BuildMode,
  type BuildSummary,
} from './contract/messages.ts';
import {
  applicationAttribute,
  commitAttribute,
  componentAttribute,
  containerAttribute,
  failureTypeAttribute,
  phaseAttribute,
  scheduleAttribute,
} from './contract/search-attributes.ts';
import { ApplicationBuildState } from './internal/application-state.ts';
import { queuedResult } from './internal/container-state.ts';
import { containerFailure, failureOf } from './internal/failure-of.ts';
import { inLanes } from './internal/lanes.ts';
import { assembleApplication, assembleIfComplete, checkVersion } from './internal/packages.ts';
import { activities, recordPolicy, transferPolicy } from './internal/policies.ts';
import { resolveSources, sourceOf } from './internal/sources.ts';

/** One build on its way. */
interface Run {
  readonly buildId: string;
  readonly application: Application;
  readonly mode: BuildMode;
  readonly force: ForceSelection;
  readonly state: ApplicationBuildState;
}

interface Work {
  readonly component: Component;
  readonly container: Container;
}

/**
 * One run of an application: every container in a child workflow, at most `maxParallel` at once,
 * then the packages; a plan has neither Pods nor packages. A failure of one container leaves its
 * siblings alone. Ends failed, with the first failure's type, when anything in it failed; its
 * queries answer after the end as well.
 */
export async function buildApplication(
  input: BuildApplicationInput,
): Promise<Pick<BuildSummary, 'version' | 'package'>> {
  const { workflowId } = workflowInfo();
  const state = new ApplicationBuildState(workflowId, input);
  if (input.trigger?.kind === 'schedule') {
    upsertSearchAttributes([{ key: scheduleAttribute, value: input.trigger.schedule }]);
  }
  try {
    const { application, known } = await definitionOf(input, state);
    const { force, mode = 'build' } = input;
    const run = { buildId: workflowId, application, mode, force, state };
    const result = await build(run, known);
    await end(state, 'succeeded', mode === 'plan' ? 'planned' : 'succeeded');
    return result;
  } catch (error) {
    if (isCancellation(error)) {
      state.skipUnended(null);
      await end(state, 'cancelled', 'cancelled');
      throw error;
    }
    const reason = failureOf(error);
    // What kept every container from its start is each one's failure: results have no other place.
    state.skipUnended(reason);
    state.failed(reason);
    await end(state, 'failed', 'failed', reason.type);
    throw ApplicationFailure.create({
      type: reason.type,
      message: reason.message,
      nonRetryable: true,
    });
  }
}

/**
 * What is built: a schedule's run reads the definition again where it has been told where it is.
 * The commit that it was read from is then the commit of that repository and ref.
 */
async function definitionOf(
  { application, trigger, sources = [] }: BuildApplicationInput,
  state: ApplicationBuildState,
): Promise<{ readonly application: Application; readonly known: readonly ResolvedSource[] }> {
  const { definition } = application;
  if (trigger?.kind !== 'schedule' || definition === undefined)
    return { application, known: sources };
  const read = await activities(transferPolicy, definition.path).readDefinition({ definition });
  if (read.application.name !== application.name) {
    throw failure(
      'InvalidDefinition',
      `${definition.path} at ${read.commit} defines ${read.application.name}, and the schedule is one of ${application.name}; apply the schedules again under the new name`,
    );
  }
  state.replace(read.application);
  return {
    application: read.application,
    known: [...sources, { ...definition.source, commit: read.commit }],
  };
}

async function build(
  run: Run,
  known: readonly ResolvedSource[],
): Promise<Pick<BuildSummary, 'version' | 'package'>> {
  const { application, state } = run;
  const work = application.components.flatMap((component) =>
    component.containers.map((container): Work => ({ component, container })),
  );
  state.sources = await resolveSources(application, known);
  await checkVersion(application);
  const isDerived = application.version === null;
  const isPlan = run.mode === 'plan';
  await inLanes(work, application.maxParallel, async (item) => {
    await buildOne(item, run);
    if (isDerived && !isPlan) await assembleIfComplete(item.component, run);
  });
  failIfAnythingFailed(state, work.length);
  if (isPlan) return { version: application.version, package: null };
  if (!isDerived) {
    // An explicit version is used up by its first package: not before every image is there.
    await inLanes(application.components, application.maxParallel, (component) =>
      assembleIfComplete(component, run),
    );
    failIfAnythingFailed(state, work.length);
  }
  return assembleApplication(run);
}

function failIfAnythingFailed({ failures }: ApplicationBuildState, containers: number): void {
  const [first] = failures;
  if (first === undefined) return;
  const failed = failures.filter(({ of }) => of === 'container').length;
  const what =
    failed > 0
      ? `${failed} of ${containers} containers failed`
      : 'all containers are there, but not every package';
  const all = failures.map(({ where }) => where).join(', ');
  throw ApplicationFailure.create({
    type: first.failure.type,
    message: `${what} (${all}); ${first.where}: ${first.failure.message}`,
    nonRetryable: true,
  });
}

/** Throws cancellations only: what else happens to the container is in `state`. */
async function buildOne({ component, container }: Work, run: Run): Promise<void> {
  const { buildId, application, state } = run;
  const input = childInput({ component, container }, run);
  const where = `${component.name}/${container.name}`;
  state.started(component, container);
  try {
    const output = await executeChild<
      (input: BuildContainerInput) => Promise<BuildContainerOutput>
    >(buildContainerType, {
      workflowId: containerBuildId(buildId, component.name, container.name),
      args: [input],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: where,
      typedSearchAttributes: [
        { key: applicationAttribute, value: application.name },
        { key: componentAttribute, value: component.name },
        { key: containerAttribute, value: container.name },
        { key: phaseAttribute, value: 'source' },
        ...(input.kind === 'build' ? [{ key: commitAttribute, value: input.source.commit }] : []),
      ],
    });
    state.ended(component.name, output);
  } catch (error) {
    if (isCancellation(error)) {
      if (CancellationScope.current().consideredCancelled) throw error;
      // The child alone was cancelled, and has signalled its result.
      const failure = containerFailure('Cancelled', 'cancelled by itself');
      state.failures.push({ of: 'container', where, failure });
      return;
    }
    state.ended(component.name, failedOutput(container, error));
  }
}

function childInput(
  { component, container }: Work,
  { buildId, application, mode, force, state }: Run,
): BuildContainerInput {
  const common = {
    buildId,
    application: application.name,
    component: component.name,
    version: application.version,
    mode,
  };
  if (container.kind === 'existing') return { ...common, kind: 'existing', container };
  return {
    ...common,
    kind: 'build',
    container,
    source: sourceOf(container, state.sources),
    force: isForced(force, component.name, container.name),
  };
}

/** A failed child carries its output in its failure; a terminated one has none. */
function failedOutput(container: Container, error: unknown): BuildContainerOutput {
  if (error instanceof ChildWorkflowFailure && error.cause instanceof ApplicationFailure) {
    const output = error.cause.details?.[0] as BuildContainerOutput | undefined;
    if (output !== undefined) return output;
  }
  const result = {
    ...queuedResult(container),
    status: 'failed',
    failure: failureOf(error),
  } as const;
  return { result, commit: null, warnings: [] };
}

/** The state is final before the record of it is written, from the queries' answers. */
async function end(
  state: ApplicationBuildState,
  status: 'succeeded' | 'failed' | 'cancelled',
  phase: string,
  failureType?: string,
): Promise<void> {
  state.end(status);
  const { workflowId, runId } = workflowInfo();
  try {
    await CancellationScope.nonCancellable(() =>
      activities(recordPolicy(status === 'cancelled'), 'results').recordBuild({
        buildId: workflowId,
        runId,
      }),
    );
  } catch (error) {
    log.warn('the record of the build was not written', { workflowId, error });
  }
  // Last, with the workflow's own end: lists find by it what still runs.
  upsertSearchAttributes([
    { key: phaseAttribute, value: phase },
    ...(failureType === undefined ? [] : [{ key: failureTypeAttribute, value: failureType }]),
  ]);
}

function isForced(force: ForceSelection, component: string, container: string): boolean {
  if (force === 'all') return true;
  if (force === 'none') return false;
  return force.some((item) => item.component === component && item.container === container);
}
