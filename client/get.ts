import {
  WorkflowFailedError,
  type WorkflowExecutionStatusName,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import type {
  BuildResult,
  BuildStatus,
  ComponentResult,
  ContainerFailure,
} from '../workflows/contract/build.ts';
import { failurePolicies, isFailureType } from '../workflows/contract/failures.ts';
import { componentQuery, summaryQuery, type BuildMode } from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';
import { endedComponent, isCutOff } from './cut-off.ts';
import { BuildNotFound } from './errors.ts';
import { recordedBuild } from './recorded.ts';
import { answered, unreachable } from './rpc.ts';
import {
  cutOffContainers,
  pendingActivity,
  runningContainers,
  withOwnWords,
  type RunningContainer,
} from './running.ts';

/** A build at one moment. */
export interface BuildSnapshot {
  /** What `slipway build --json` prints. */
  readonly result: BuildResult;
  /** Whether the workflow has ended: nothing of the snapshot changes any more. */
  readonly closed: boolean;
  /** Live progress of running containers, by `<component>/<container>`. */
  readonly running: ReadonlyMap<string, RunningContainer>;
  /** What a person should know of the Dockerfiles, each with its container. */
  readonly warnings: readonly string[];
  /** What the build as a whole failed of, e.g. of its package; null when it did not. */
  readonly failure: ContainerFailure | null;
  /** What keeps the build itself from going on, e.g. its git server; null when nothing does. */
  readonly waitingFor?: string | null;
  /** `plan` for one that stops before the first Pod. */
  readonly mode?: BuildMode;
}

/**
 * The build as it is now, finished or not. Needs a worker to answer. A build whose history has
 * expired is read from the store, as it was at its end.
 *
 * @throws BuildNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function getBuild(client: SlipwayClient, buildId: string): Promise<BuildSnapshot> {
  try {
    return await buildOfHistory(client, buildId);
  } catch (error) {
    const told = unreachable(client, error, { build: buildId });
    if (!(told instanceof BuildNotFound)) throw told;
    // Without a worker the store is not reached: that Temporal has no such build is said in any case.
    const recorded = await recordedBuild(client, buildId).catch(() => null);
    if (recorded === null) throw told;
    const { result, warnings, mode } = recorded;
    const failure = result.failure ?? null;
    return { result, closed: true, running: new Map(), warnings, failure, waitingFor: null, mode };
  }
}

async function buildOfHistory(client: SlipwayClient, buildId: string): Promise<BuildSnapshot> {
  const { temporal } = client;
  const handle = temporal.workflow.getHandle(buildId);
  const description = await handle.describe();
  const workflow = description.status.name;
  const {
    warnings,
    mode = 'build',
    ...summary
  } = await answered(temporal, () => handle.query(summaryQuery));
  const components: ComponentResult[] = [];
  // One after the other: of queries that meet a closed workflow at once, the worker can lose one.
  for (const name of summary.components) {
    components.push(await answered(temporal, () => handle.query(componentQuery, name)));
  }
  const closed = workflow !== 'RUNNING';
  const told = { ...summary, status: finalStatus(workflow, summary.status), components };
  const [running, cutOff, { waitingFor }] = await Promise.all([
    closed ? new Map<string, RunningContainer>() : runningContainers(client, told),
    cutOffContainers(client, told, isCutOff(workflow)),
    closed ? { waitingFor: null } : pendingActivity(temporal, description),
  ]);
  const own = new Map([...running, ...cutOff]);
  const result = {
    ...told,
    components: withOwnWords(components, own).map((one) => endedComponent(workflow, one)),
  };
  const failure =
    closed && result.status === 'failed' ? (result.failure ?? (await failureOf(handle))) : null;
  return { result, closed, running, warnings, failure, waitingFor, mode };
}

/** Of a workflow that has ended, so that its result is there to read. */
async function failureOf(handle: WorkflowHandle): Promise<ContainerFailure | null> {
  try {
    await handle.result();
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof TerminatedFailure) {
      const message = `someone terminated it: ${cause.message}; its containers are cancelled`;
      return { type: 'Cancelled', message, hint: failurePolicies.Cancelled.hint, log: null };
    }
    const known = cause instanceof ApplicationFailure ? cause.type : null;
    const type = isFailureType(known) ? known : 'Unknown';
    const { hint } = failurePolicies[type];
    return { type, message: cause?.message ?? error.message, hint, log: null };
  }
}

/**
 * A build's status, which a terminated or timed-out workflow could not set itself.
 *
 * @param known what the build last said
 */
export function finalStatus(
  workflow: WorkflowExecutionStatusName,
  known: BuildStatus,
): BuildStatus {
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
