import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  ContainerIdentity,
  ContextRef,
  RenderDockerfileOutput,
  RenderedContainer,
} from './contract/activities.ts';
import type { ContainerStatus } from './contract/build.ts';
import type { FailureType } from './contract/failures.ts';
import {
  containerCancelledSignal,
  type BuildContainerInput,
  type BuildContainerOutput,
} from './contract/messages.ts';
import { failureTypeAttribute, phaseAttribute } from './contract/search-attributes.ts';
import { runAttempt } from './internal/attempt.ts';
import { ContainerBuildState } from './internal/container-state.ts';
import { failureOf } from './internal/failure-of.ts';
import { activities, renderPolicy, requestPolicy, transferPolicy } from './internal/policies.ts';
import { proveImage } from './internal/prove-image.ts';

type BuildInput = Extract<BuildContainerInput, { readonly kind: 'build' }>;
type ExistingInput = Extract<BuildContainerInput, { readonly kind: 'existing' }>;

/**
 * One container's part of a build: it owns one image and the attempts to get it. In a plan it
 * stops before the first Pod, and moves no tag.
 *
 * A failed container build fails the workflow, so that the Temporal UI shows it; the failure's
 * first detail is the same `BuildContainerOutput` that success returns.
 */
export async function buildContainer(input: BuildContainerInput): Promise<BuildContainerOutput> {
  const state = new ContainerBuildState(input.container);
  const progress: Progress = { state, rendered: null };
  try {
    await (input.kind === 'existing' ? verifyExisting(input, state) : build(input, progress));
  } catch (error) {
    if (isCancellation(error)) {
      await reportCancelled(input, progress);
      throw error;
    }
    if (error instanceof ApplicationFailure) throw error;
    state.ended('failed', failureOf(error));
  }
  const { status, failure } = state.result;
  markEnd(status, failure?.type ?? null);
  const output = outputOf(input, progress);
  if (failure === null) return output;
  throw ApplicationFailure.create({
    type: failure.type,
    message: failure.message,
    nonRetryable: true,
    details: [output],
  });
}

interface Progress {
  readonly state: ContainerBuildState;
  rendered: RenderedContainer | null;
}

async function verifyExisting(input: ExistingInput, state: ContainerBuildState): Promise<void> {
  state.enter('verify');
  const { image, digest } = await activities(
    requestPolicy,
    input.container.image,
  ).verifyExistingImage({ container: input.container, identity: identityOf(input) });
  state.change({ image, digest, why: { verdict: 'existing', changes: [] } });
  state.ended('existing');
}

async function build(input: BuildInput, progress: Progress): Promise<void> {
  const { container, source } = input;
  const { state } = progress;
  const context = await fetchContext(input);

  state.enter('render');
  const rendered = await activities(renderPolicy, container.dockerfile).renderDockerfile({
    source,
    container,
    context,
    force: input.force,
    identity: identityOf(input),
  });
  state.warned(rendered.warnings);
  progress.rendered = renderedContainer(context, rendered);
  state.change({
    inputDigest: rendered.inputDigest,
    ...(rendered.why === undefined ? {} : { why: rendered.why }),
  });

  if (input.mode === 'plan') return planned(input, rendered, state);
  if (rendered.unchanged !== null) return keep(input, rendered, rendered.unchanged, state);
  upsertSearchAttributes([{ key: phaseAttribute, value: 'pod' }]);
  await attemptUntilDecided(input, context, rendered, state);
}

/** The context as it is in the store; one that has gone from there is put there again. */
async function fetchContext({ source, container }: BuildInput): Promise<ContextRef> {
  const { context } = await activities(
    transferPolicy,
    `${source.ref} @ ${source.commit.slice(0, 10)} ${container.context}`,
  ).fetchSource({ source, context: container.context, dockerfile: container.dockerfile });
  return context;
}

function identityOf({ application, component, version }: BuildContainerInput): ContainerIdentity {
  return { application, component, version: version ?? null };
}

/** What a build would do; nothing is done. */
function planned(
  { container }: BuildInput,
  { unchanged }: RenderDockerfileOutput,
  state: ContainerBuildState,
): void {
  if (unchanged === null) {
    state.ended('skipped');
    return;
  }
  state.change({ image: `${container.repository}@${unchanged}`, digest: unchanged });
  state.ended('unchanged');
}

/** The image of the same inputs gets the tags that this build wants it to have. */
async function keep(
  { container }: BuildInput,
  { record }: RenderDockerfileOutput,
  digest: string,
  state: ContainerBuildState,
): Promise<void> {
  state.enter('verify');
  const image = await proveImage('unchanged: tags', container, digest, record);
  state.change({ image, digest, tags: container.tags });
  state.ended('unchanged');
}

async function attemptUntilDecided(
  input: BuildInput,
  fetched: ContextRef,
  rendered: RenderDockerfileOutput,
  state: ContainerBuildState,
): Promise<void> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const earlier: FailureType[] = [];
  let { container } = input;
  let context = fetched;
  for (let generation = 0; ; generation++) {
    const attempt = {
      buildId: input.buildId,
      application: input.application,
      component: input.component,
      container: container.name,
      workflowId,
      firstRunId: firstExecutionRunId,
      generation,
    };
    const { dockerfile, builder, inputDigest, record, memoryCeiling, longestBackOff } = rendered;
    const outcome = await runAttempt(
      {
        attempt,
        container,
        context,
        dockerfile,
        builder,
        inputDigest,
        record,
        earlier,
        memoryCeiling,
        longestBackOff,
      },
      state,
    );
    switch (outcome.kind) {
      case 'built':
        state.change({ image: outcome.image, digest: outcome.digest, tags: container.tags });
        state.ended('built');
        return;
      case 'failed':
        state.ended('failed', outcome.failure);
        return;
      case 'retry':
        earlier.push(outcome.type);
        container = { ...container, resources: { ...container.resources, ...outcome.raised } };
        if (outcome.wait > 0) {
          state.waiting();
          await sleep(outcome.wait * 1000, { summary: outcome.next });
        }
        // A new URL is not enough where the bucket's lifecycle has taken the object.
        if (outcome.type === 'ContextExpired') context = await fetchContext(input);
    }
  }
}

function renderedContainer(
  context: ContextRef,
  { dockerfile, bases, builder, inputDigest }: RenderDockerfileOutput,
): RenderedContainer {
  return { context, dockerfile, bases, builder, inputDigest };
}

function outputOf(input: BuildContainerInput, { state, rendered }: Progress): BuildContainerOutput {
  return {
    result: state.result,
    commit: input.kind === 'build' ? input.source.commit : null,
    warnings: state.warnings,
    ...(rendered === null ? {} : { rendered }),
  };
}

function markEnd(status: ContainerStatus, failureType: FailureType | null): void {
  upsertSearchAttributes([
    { key: phaseAttribute, value: status },
    ...(failureType === null ? [] : [{ key: failureTypeAttribute, value: failureType }]),
  ]);
}

// A cancelled workflow has no result; the parent learns of the attempts by a signal before the end.
async function reportCancelled(input: BuildContainerInput, progress: Progress): Promise<void> {
  const { state } = progress;
  // In a plan `skipped` is a verdict.
  const hasBegun = state.result.attempts.length > 0 || input.mode === 'plan';
  state.ended(hasBegun ? 'cancelled' : 'skipped');
  const { parent } = workflowInfo();
  await CancellationScope.nonCancellable(async () => {
    markEnd(state.result.status, 'Cancelled');
    if (parent === undefined) return;
    await getExternalWorkflowHandle(parent.workflowId, parent.runId)
      .signal(containerCancelledSignal, input.component, outputOf(input, progress))
      .catch(() => {
        // The parent is closed (terminated): nobody is left to tell.
      });
  });
}
