import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { z } from 'zod';
import type { BuildResult } from '../workflows/contract/build.ts';
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
export async function runningContainers(
  { temporal }: SlipwayClient,
  { buildId, components }: BuildResult,
): Promise<ReadonlyMap<string, RunningContainer>> {
  const running = components.flatMap(({ name: component, containers }) =>
    containers
      .filter(({ status }) => status === 'running')
      .map(({ name: container }) => ({ component, container })),
  );
  const live = new Map<string, RunningContainer>();
  await Promise.all(
    running.map(async ({ component, container }) => {
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
