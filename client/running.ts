import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { z } from 'zod';
import type { BuildResult, ComponentResult, ContainerResult } from '../workflows/contract/build.ts';
import type { FailureType } from '../workflows/contract/failures.ts';
import { containerBuildId } from '../workflows/contract/ids.ts';
import { progressQuery, type ContainerProgress } from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';

/** What a running container build does at the moment. */
export interface RunningContainer extends ContainerProgress {
  /**
   * What keeps it from going on, in a person's words: the error that is being tried again, or what
   * its Pod lacks to start; null when nothing does.
   */
  readonly waitingFor?: string | null;
  /** The last line of its builder's log, redacted; null when there is none yet. */
  readonly lastLogLine?: string | null;
}

/** Milliseconds; what a container does at the moment is not worth waiting for. */
const deadline = 2_000;

/** By `<component>/<container>`; a container that does not answer in time is left out. */
export function runningContainers(
  client: SlipwayClient,
  result: BuildResult,
): Promise<ReadonlyMap<string, RunningContainer>> {
  return askContainers(client, result, isRunning);
}

/**
 * What containers last did that could not tell their build: they were terminated, or it was. As
 * `runningContainers` has it.
 *
 * @param isCutOff whether the build itself ended without a word
 */
export function cutOffContainers(
  client: SlipwayClient,
  result: BuildResult,
  isCutOff: boolean,
): Promise<ReadonlyMap<string, RunningContainer>> {
  return askContainers(
    client,
    result,
    (container) => isTerminated(container) || (isCutOff && isRunning(container)),
  );
}

/**
 * The components with what their containers say of themselves: a build learns of attempts and
 * inputs when a container ends. Status, image and failure are that end, and stay as they are.
 */
export function withOwnWords(
  components: readonly ComponentResult[],
  told: ReadonlyMap<string, ContainerProgress>,
): readonly ComponentResult[] {
  return components.map((component) => ({
    ...component,
    containers: component.containers.map((container) => {
      const own = told.get(`${component.name}/${container.name}`)?.result;
      if (own === undefined) return container;
      const { attempts, inputDigest, why } = own;
      return { ...container, attempts, inputDigest, ...(why === undefined ? {} : { why }) };
    }),
  }));
}

function isRunning({ status }: ContainerResult): boolean {
  return status === 'running';
}

/** One that is cancelled tells its build what it had done; it has no failure then. */
function isTerminated({ status, failure }: ContainerResult): boolean {
  return status === 'failed' && failure?.type === 'Cancelled';
}

async function askContainers(
  { temporal }: SlipwayClient,
  { buildId, components }: BuildResult,
  isAsked: (container: ContainerResult) => boolean,
): Promise<ReadonlyMap<string, RunningContainer>> {
  const asked = components.flatMap(({ name: component, containers }) =>
    containers.filter(isAsked).map(({ name: container }) => ({ component, container })),
  );
  const live = new Map<string, RunningContainer>();
  await Promise.all(
    asked.map(async ({ component, container }) => {
      const child = temporal.workflow.getHandle(containerBuildId(buildId, component, container));
      const within = <T>(call: () => Promise<T>): Promise<T | null> =>
        // The child may not have started yet, or have ended since: then there is nothing to show.
        temporal.withDeadline(Date.now() + deadline, call).catch(() => null);
      const [progress, activity] = await Promise.all([
        within(() => child.query(progressQuery)),
        within(async () => pendingActivity(temporal, await child.describe())),
      ]);
      if (progress !== null) live.set(`${component}/${container}`, { ...progress, ...activity });
    }),
  );
  return live;
}

const PodProgress = z.object({
  phase: z.string(),
  reason: z.string().nullable(),
  lastLogLine: z.string().nullable(),
});
type PodProgress = z.infer<typeof PodProgress>;

/** What a workflow's activity waits for, from its last failure or its heartbeat. */
export async function pendingActivity(
  temporal: Client,
  { raw }: WorkflowExecutionDescription,
): Promise<Required<Pick<RunningContainer, 'waitingFor' | 'lastLogLine'>>> {
  const converter = temporal.options.loadedDataConverter;
  let waitingFor: string | null = null;
  let lastLogLine: string | null = null;
  for (const { heartbeatDetails, lastFailure, attempt } of raw.pendingActivities ?? []) {
    const [details] = await decodeArrayFromPayloads(converter, heartbeatDetails?.payloads);
    const { data: pod } = PodProgress.safeParse(details);
    const failure = await decodeOptionalFailureToOptionalError(converter, lastFailure);
    lastLogLine ??= pod?.lastLogLine ?? null;
    waitingFor ??= pod?.reason ?? tryingAgain(failure, attempt ?? 1, pod);
  }
  return { waitingFor, lastLogLine };
}

function tryingAgain(
  failure: Error | undefined,
  attempt: number,
  pod: PodProgress | undefined,
): string | null {
  if (failure === undefined) return null;
  if (failure instanceof ApplicationFailure) {
    if (failure.type === ('PodStillRunning' satisfies FailureType)) return null;
    return `${failure.type}: ${failure.message} (try ${attempt} follows)`;
  }
  // A worker that was lost: another one has taken over when it tells of the Pod.
  return pod === undefined ? `${failure.message} (try ${attempt} follows)` : null;
}
