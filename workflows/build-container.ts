import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
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
import { activities, requestPolicy, transferPolicy } from './internal/policies.ts';

type BuildInput = Extract<BuildContainerInput, { readonly kind: 'build' }>;
type ExistingInput = Extract<BuildContainerInput, { readonly kind: 'existing' }>;

/**
 * One container's part of a build: it owns one image and the attempts to get it.
 *
 * A failed container build fails the workflow, so that the Temporal UI shows it; the failure's
 * first detail is the same `BuildContainerOutput` that success returns.
 */
export async function buildContainer(input: BuildContainerInput): Promise<BuildContainerOutput> {
  const state = new ContainerBuildState(input.container);
  const progress: Progress = { state, dockerfile: null };
  try {
    await (input.kind === 'existing' ? verifyExisting(input, state) : build(input, progress));
  } catch (error) {
    if (isCancellation(error)) await reportCancelled(input, progress);
    if (isCancellation(error) || error instanceof ApplicationFailure) throw error;
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
  dockerfile: BuildContainerOutput['dockerfile'];
}

async function verifyExisting(input: ExistingInput, state: ContainerBuildState): Promise<void> {
  state.enter('verify');
  const { image, digest } = await activities(
    requestPolicy,
    input.container.image,
  ).verifyExistingImage({ container: input.container });
  state.change({ image, digest });
  state.ended('existing');
}

async function build(input: BuildInput, progress: Progress): Promise<void> {
  const { container, source } = input;
  const { state } = progress;
  const { context } = await activities(
    transferPolicy,
    `${source.ref} @ ${source.commit.slice(0, 10)} ${container.context}`,
  ).fetchSource({ source, context: container.context, dockerfile: container.dockerfile });

  state.enter('render');
  const rendered = await activities(requestPolicy, container.dockerfile).renderDockerfile({
    source,
    container,
    context,
    force: input.force,
  });
  state.warned(rendered.warnings);
  progress.dockerfile = rendered.dockerfile;
  state.change({ inputDigest: rendered.inputDigest });

  if (rendered.unchanged !== null) {
    state.enter('verify');
    const { image } = await activities(requestPolicy, 'unchanged: tags').verifyImage({
      repository: container.repository,
      digest: rendered.unchanged,
      tags: container.tags,
      secret: container.pushSecret,
    });
    state.change({ image, digest: rendered.unchanged, tags: container.tags });
    state.ended('unchanged');
    return;
  }

  upsertSearchAttributes([{ key: phaseAttribute, value: 'pod' }]);
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const earlier: FailureType[] = [];
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
    const outcome = await runAttempt(
      {
        attempt,
        container,
        context,
        dockerfile: rendered.dockerfile,
        builder: rendered.builder,
        inputDigest: rendered.inputDigest,
      },
      state,
      earlier,
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
    }
  }
}

function outputOf(input: BuildContainerInput, progress: Progress): BuildContainerOutput {
  return {
    result: progress.state.result,
    dockerfile: progress.dockerfile,
    commit: input.kind === 'build' ? input.source.commit : null,
    warnings: progress.state.warnings,
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
  progress.state.ended(progress.state.result.attempts.length === 0 ? 'skipped' : 'cancelled');
  const { parent } = workflowInfo();
  await CancellationScope.nonCancellable(async () => {
    markEnd(progress.state.result.status, 'Cancelled');
    if (parent === undefined) return;
    await getExternalWorkflowHandle(parent.workflowId, parent.runId)
      .signal(containerCancelledSignal, input.component, outputOf(input, progress))
      .catch(() => {
        // The parent is closed (terminated): nobody is left to tell.
      });
  });
}
