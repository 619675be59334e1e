import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Application } from '../../../workflows/contract/application.ts';
import type {
  BuildResult,
  ComponentResult,
  ContainerResult,
  ForceSelection,
} from '../../../workflows/contract/build.ts';
import {
  buildApplicationType,
  componentQuery,
  summaryQuery,
  type BuildApplicationInput,
} from '../../../workflows/contract/messages.ts';
import {
  applicationAttribute,
  phaseAttribute,
} from '../../../workflows/contract/search-attributes.ts';

/** Starts the parent as a client does. */
export function startBuild(
  client: Client,
  taskQueue: string,
  workflowId: string,
  application: Application,
  force: ForceSelection = 'none',
  more: Partial<BuildApplicationInput> = {},
): Promise<WorkflowHandle> {
  const input: BuildApplicationInput = { application, force, ...more };
  return client.workflow.start(buildApplicationType, {
    taskQueue,
    workflowId,
    args: [input],
    staticSummary: application.name,
    typedSearchAttributes: [
      { key: applicationAttribute, value: application.name },
      { key: phaseAttribute, value: 'running' },
    ],
  });
}

export type BuildEnd =
  | { readonly kind: 'succeeded'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly type: string; readonly message: string }
  | { readonly kind: 'cancelled' };

/** Waits for a workflow's end. */
export async function endOf(handle: WorkflowHandle): Promise<BuildEnd> {
  try {
    return { kind: 'succeeded', value: await handle.result() };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) return { kind: 'cancelled' };
    if (!(cause instanceof ApplicationFailure)) throw error;
    return { kind: 'failed', type: cause.type ?? '', message: cause.message };
  }
}

/** The result of a build as the command prints it, put together from the queries. */
export async function resultOf(handle: WorkflowHandle): Promise<BuildResult> {
  const { components: names, warnings: _, mode: __, ...summary } = await handle.query(summaryQuery);
  const components: ComponentResult[] = [];
  // One after the other: of queries that come at once to a closed workflow, the SDK can lose one
  // when it evicts the run ("leftover buffered tasks"), and its caller waits 30 s.
  for (const name of names) components.push(await handle.query(componentQuery, name));
  return { ...summary, components };
}

/** Every container's result by `component/container`. */
export function containersOf(result: BuildResult): Readonly<Record<string, ContainerResult>> {
  return Object.fromEntries(
    result.components.flatMap(({ name, containers }) =>
      containers.map((container) => [`${name}/${container.name}`, container]),
    ),
  );
}

/** Every container's status by `component/container`. */
export function statusesOf(result: BuildResult): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(containersOf(result)).map(([name, { status }]) => [name, status]),
  );
}

/** Ends what a failed test has left running, so that it does not wait for a worker for ever. */
export async function terminateBuild(handle: WorkflowHandle): Promise<void> {
  await handle.terminate('test is over').catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}
