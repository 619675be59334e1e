import {
  WorkflowFailedError,
  type WorkflowExecutionStatusName,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type {
  BuildResult,
  BuildStatus,
  ComponentResult,
  ContainerFailure,
} from '../workflows/contract/build.ts';
import { failurePolicies, isFailureType } from '../workflows/contract/failures.ts';
import { containerBuildId } from '../workflows/contract/ids.ts';
import {
  componentQuery,
  progressQuery,
  summaryQuery,
  type ContainerProgress,
} from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';
import { answered, unreachable } from './rpc.ts';

/** A build at one moment. */
export interface BuildSnapshot {
  readonly result: BuildResult;
  /** Whether the workflow has ended: nothing of the snapshot changes any more. */
  readonly closed: boolean;
  /** Live progress of running containers, by `<component>/<container>`. */
  readonly running: ReadonlyMap<string, ContainerProgress>;
  /** What a person should know of the Dockerfiles, each with its container. */
  readonly warnings: readonly string[];
  /** What the build as a whole failed of, e.g. of its package; null when it did not. */
  readonly failure: ContainerFailure | null;
}

/**
 * The build as it is now, finished or not. Needs a worker to answer.
 *
 * @throws BuildNotFound, ServiceUnreachable
 */
export async function getBuild(client: SlipwayClient, buildId: string): Promise<BuildSnapshot> {
  const { temporal } = client;
  const handle = temporal.workflow.getHandle(buildId);
  try {
    const { status } = await handle.describe();
    const { warnings, ...summary } = await answered(temporal, () => handle.query(summaryQuery));
    const components: ComponentResult[] = [];
    // One after the other: of queries that meet a closed workflow at once, the worker can lose one.
    for (const name of summary.components) {
      components.push(await answered(temporal, () => handle.query(componentQuery, name)));
    }
    const closed = status.name !== 'RUNNING';
    const result = { ...summary, status: finalStatus(status.name, summary.status), components };
    return {
      result,
      closed,
      running: closed ? new Map() : await runningContainers(client, result),
      warnings,
      failure: result.status === 'failed' && closed ? await failureOf(handle) : null,
    };
  } catch (error) {
    throw unreachable(error, buildId);
  }
}

/** Milliseconds; what a container does at the moment is not worth waiting for. */
const progressDeadline = 2_000;

/** Of a workflow that has ended, so that its result is there to read. */
async function failureOf(handle: WorkflowHandle): Promise<ContainerFailure | null> {
  try {
    await handle.result();
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const known = cause instanceof ApplicationFailure ? cause.type : null;
    const type = isFailureType(known) ? known : 'Unknown';
    const { hint } = failurePolicies[type];
    return { type, message: cause?.message ?? error.message, hint, log: null };
  }
}

async function runningContainers(
  { temporal }: SlipwayClient,
  { buildId, components }: BuildResult,
): Promise<ReadonlyMap<string, ContainerProgress>> {
  const live = new Map<string, ContainerProgress>();
  await Promise.all(
    running(components).map(async ({ component, container }) => {
      const child = temporal.workflow.getHandle(containerBuildId(buildId, component, container));
      // The child may not have started yet, or have ended since: then there is nothing live to show.
      const progress = await temporal
        .withDeadline(Date.now() + progressDeadline, () => child.query(progressQuery))
        .catch(() => null);
      if (progress !== null) live.set(`${component}/${container}`, progress);
    }),
  );
  return live;
}

function running(components: readonly ComponentResult[]) {
  return components.flatMap(({ name: component, containers }) =>
    containers
      .filter(({ status }) => status === 'running')
      .map(({ name: container }) => ({ component, container })),
  );
}

// A terminated or timed-out workflow could not say so itself.
function finalStatus(workflow: WorkflowExecutionStatusName, known: BuildStatus): BuildStatus {
  switch (workflow) {
    case 'RUNNING':
    case 'COMPLETED':
    case 'CONTINUED_AS_NEW':
    case 'PAUSED':
    case 'UNSPECIFIED':
    case 'UNKNOWN':
      return known;
    case 'CANCELLED':
      return 'cancelled';
    case 'FAILED':
    case 'TERMINATED':
    case 'TIMED_OUT':
      return 'failed';
  }
}
