import { ApplicationFailure, ChildWorkflowFailure } from '@temporalio/common';
import {
  CancellationScope,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { FinishedContainer, ResolvedSource } from './contract/activities.ts';
import type { Application, Component, Container, Source } from './contract/application.ts';
import type { ForceSelection } from './contract/build.ts';
import { containerBuildId } from './contract/ids.ts';
import {
  buildContainerType,
  containerCancelledSignal,
  type BuildApplicationInput,
  type BuildContainerInput,
  type BuildContainerOutput,
  type BuildSummary,
} from './contract/messages.ts';
import {
  applicationAttribute,
  commitAttribute,
  componentAttribute,
  containerAttribute,
  failureTypeAttribute,
  phaseAttribute,
} from './contract/search-attributes.ts';
import { ApplicationBuildState } from './internal/application-state.ts';
import { queuedResult } from './internal/container-state.ts';
import { containerFailure, failureOf } from './internal/failure-of.ts';
import { inLanes } from './internal/lanes.ts';
import { activities, requestPolicy } from './internal/policies.ts';

interface Work {
  readonly component: Component;
  readonly container: Container;
}

/**
 * One run of an application: every container in a child workflow, at most `maxParallel` at once,
 * then the packages. A failure of one container leaves its siblings alone. Ends failed, with the
 * first failure's type, when anything in it failed; its queries answer after the end as well.
 */
export async function buildApplication(
  input: BuildApplicationInput,
): Promise<Pick<BuildSummary, 'version' | 'package'>> {
  const { workflowId } = workflowInfo();
  const state = new ApplicationBuildState(workflowId, input.application);
  const outputs = new Map<Container, BuildContainerOutput>();
  setHandler(containerCancelledSignal, (component: string, output: BuildContainerOutput) =>
    state.ended(component, output.result, output.warnings),
  );
  try {
    return await build(input, state, outputs);
  } catch (error) {
    if (isCancellation(error)) {
      state.skipUnended(null);
      end(state, 'cancelled');
      throw error;
    }
    const failure = failureOf(error);
    // What kept every container from its start is each one's failure: results have no other place.
    state.skipUnended(failure);
    end(state, 'failed', failure.type);
    throw ApplicationFailure.create({
      type: failure.type,
      message: failure.message,
      nonRetryable: true,
    });
  }
}

async function build(
  { application, force }: BuildApplicationInput,
  state: ApplicationBuildState,
  outputs: Map<Container, BuildContainerOutput>,
): Promise<Pick<BuildSummary, 'version' | 'package'>> {
  const work = application.components.flatMap((component) =>
    component.containers.map((container): Work => ({ component, container })),
  );
  const sources = await resolveSources(work);
  const isDerived = application.version === null;
  await inLanes(work, application.maxParallel, async (item) => {
    await buildOne(item, application, force, sources, state, outputs);
    if (isDerived) await assembleIfComplete(item.component, application, state, outputs);
  });
  failIfAnythingFailed(state, work.length);
  if (!isDerived) {
    // An explicit version is used up by its first package: not before every image is there.
    await inLanes(application.components, application.maxParallel, (component) =>
      assembleIfComplete(component, application, state, outputs),
    );
    failIfAnythingFailed(state, work.length);
  }
  const assembled = await activities(requestPolicy, application.name).assembleApplication({
    application: { name: application.name, version: application.version },
    components: application.components.map(({ name }) => present(state.packages.get(name), name)),
  });
  state.published(assembled.version, assembled.package);
  end(state, 'succeeded');
  return { version: assembled.version, package: assembled.package };
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

/** Every ref to its commit, once, so that all containers of the build see the same one. */
async function resolveSources(work: readonly Work[]): Promise<Map<string, ResolvedSource>> {
  const wanted = new Map<string, Source>();
  for (const { container } of work) {
    if (container.kind === 'build') wanted.set(sourceKey(container.source), container.source);
  }
  if (wanted.size === 0) return new Map();
  const { sources } = await activities(
    requestPolicy,
    [...wanted.values()].map(({ ref }) => ref).join(', '),
  ).resolveSources({ sources: [...wanted.values()] });
  const commit = sources[0]?.commit;
  if (commit !== undefined) upsertSearchAttributes([{ key: commitAttribute, value: commit }]);
  return new Map(sources.map((source) => [sourceKey(source), source]));
}

/** Throws cancellations only: what else happens to the container is in `state`. */
async function buildOne(
  { component, container }: Work,
  application: Application,
  force: ForceSelection,
  sources: ReadonlyMap<string, ResolvedSource>,
  state: ApplicationBuildState,
  outputs: Map<Container, BuildContainerOutput>,
): Promise<void> {
  const { workflowId } = workflowInfo();
  const common = { buildId: workflowId, application: application.name, component: component.name };
  const input: BuildContainerInput =
    container.kind === 'existing'
      ? { ...common, kind: 'existing', container }
      : {
          ...common,
          kind: 'build',
          container,
          source: present(sources.get(sourceKey(container.source)), container.source.git),
          force: isForced(force, component.name, container.name),
        };
  const where = `${component.name}/${container.name}`;
  state.started(component, container);
  try {
    const output = await executeChild<
      (input: BuildContainerInput) => Promise<BuildContainerOutput>
    >(buildContainerType, {
      workflowId: containerBuildId(workflowId, component.name, container.name),
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
    outputs.set(container, output);
    state.ended(component.name, output.result, output.warnings);
  } catch (error) {
    if (isCancellation(error)) {
      if (CancellationScope.current().consideredCancelled) throw error;
      // The child alone was cancelled, and has signalled its result.
      const failure = containerFailure('Cancelled', 'cancelled by itself');
      state.failures.push({ of: 'container', where, failure });
      return;
    }
    const { result, warnings } = failedOutput(container, error);
    state.ended(component.name, result, warnings);
  }
}

async function assembleIfComplete(
  component: Component,
  application: Application,
  state: ApplicationBuildState,
  outputs: ReadonlyMap<Container, BuildContainerOutput>,
): Promise<void> {
  // Containers that end in one workflow task each find the component complete.
  if (!state.isComplete(component) || !state.claimPackage(component)) return;
  try {
    const assembled = await activities(requestPolicy, component.name).assembleComponent({
      application: { name: application.name, version: application.version },
      component,
      containers: component.containers.map((container) => finished(container, outputs)),
    });
    state.packaged(assembled);
  } catch (error) {
    if (isCancellation(error)) throw error;
    state.failures.push({ of: 'package', where: component.name, failure: failureOf(error) });
  }
}

function finished(
  container: Container,
  outputs: ReadonlyMap<Container, BuildContainerOutput>,
): FinishedContainer {
  const { result, dockerfile, commit } = present(outputs.get(container), container.name);
  return {
    name: container.name,
    image: present(result.image, container.name),
    digest: present(result.digest, container.name),
    inputDigest: result.inputDigest,
    commit,
    dockerfile,
  };
}

/** A failed child carries its output in its failure; a terminated one has none. */
function failedOutput(
  container: Container,
  error: unknown,
): Pick<BuildContainerOutput, 'result' | 'warnings'> {
  if (error instanceof ChildWorkflowFailure && error.cause instanceof ApplicationFailure) {
    const output = error.cause.details?.[0] as BuildContainerOutput | undefined;
    if (output !== undefined) return output;
  }
  const result = {
    ...queuedResult(container),
    status: 'failed',
    failure: failureOf(error),
  } as const;
  return { result, warnings: [] };
}

function end(
  state: ApplicationBuildState,
  status: 'succeeded' | 'failed' | 'cancelled',
  failureType?: string,
): void {
  state.end(status);
  upsertSearchAttributes([
    { key: phaseAttribute, value: status },
    ...(failureType === undefined ? [] : [{ key: failureTypeAttribute, value: failureType }]),
  ]);
}

function isForced(force: ForceSelection, component: string, container: string): boolean {
  if (force === 'all') return true;
  if (force === 'none') return false;
  return force.some((item) => item.component === component && item.container === container);
}

function sourceKey({ git, ref }: Source): string {
  return JSON.stringify([git, ref]);
}

function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new TypeError(`${what} is missing`);
  return value;
}
