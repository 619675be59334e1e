import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type {
  Activities,
  ReadDefinitionOutput,
  ResolvedSource,
} from '../workflows/contract/activities.ts';
import type { BuildResult, ForceSelection } from '../workflows/contract/build.ts';
import {
  buildApplicationType,
  sourcesQuery,
  type BuildApplicationInput,
} from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';
import {
  BuildNotFound,
  BuildNotRetryable,
  InvalidBuildId,
  InvalidConfiguration,
} from './errors.ts';
import { getBuild } from './get.ts';
import type { ListedBuild } from './list.ts';
import { answered, unreachable } from './rpc.ts';
import { freshKey, startBuild } from './start.ts';

/** How `retryBuild` starts the new build. */
export interface RetryOptions {
  /** Idempotency key of the new build, `[a-z0-9-]{1,64}`. Default: a fresh one. */
  readonly key?: string;
}

/**
 * Builds the same application from the same commits again. What the build has finished is there
 * already and is not built a second time, unless it is missing from the registry.
 *
 * @param buildId of a build that has ended, and of which Temporal still has the history
 * @returns the new build's id
 * @throws BuildNotFound; BuildNotRetryable for a plan or a build that still runs; InvalidBuildId for a
 *   key that cannot be one, or that another build has; ServiceUnreachable, InvalidConfiguration
 */
export async function retryBuild(
  client: SlipwayClient,
  buildId: string,
  { key = freshKey() }: RetryOptions = {},
): Promise<string> {
  const { closed, result, mode } = await getBuild(client, buildId);
  if (!closed) throw new BuildNotRetryable(`${buildId} still runs; cancel it, or wait for its end`);
  if (mode === 'plan') throw new BuildNotRetryable(`${buildId} is a plan; submit its definition`);
  const original = await inputOf(client, buildId);
  const sources = await sourcesOf(client, buildId);
  const { application } = original;
  const input: BuildApplicationInput = {
    application,
    force: stillForced(original, result),
    trigger: { kind: 'retry', of: buildId },
    ...(sources.length === 0 ? {} : { sources }),
  };
  const { buildId: retry, found } = await startBuild(client, input, key);
  const isOther = found !== null && !isRetryOf(found, buildId);
  if (!isOther) return retry;
  throw new InvalidBuildId(
    `the key "${key}" is that of ${retry}, which is no retry of ${buildId}; expected another one`,
  );
}

function isRetryOf({ trigger }: ListedBuild, buildId: string): boolean {
  return trigger?.kind === 'retry' && trigger.of === buildId;
}

/** What a build was started with, and the application that it was about. */
async function inputOf(client: SlipwayClient, buildId: string): Promise<BuildApplicationInput> {
  const input = await startedWith(client, buildId);
  // A scheduled run reads the definition again where it knows its place: that is what it built.
  if (input.trigger?.kind !== 'schedule' || input.application.definition === undefined)
    return input;
  const read = await definitionRead(client, buildId);
  if (read !== null) return { ...input, application: read.application };
  throw new BuildNotRetryable(
    `${buildId} did not get its definition; start its schedule again, \`slipway schedule trigger\``,
  );
}

/** From the history's first event: a build's input is in no query, and can be a megabyte. */
async function startedWith(client: SlipwayClient, buildId: string): Promise<BuildApplicationInput> {
  for await (const event of historyOf(client, buildId, 1)) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started?.workflowType?.name !== buildApplicationType) break;
    const { loadedDataConverter } = client.temporal.options;
    const [input] = await decodeArrayFromPayloads(loadedDataConverter, started.input?.payloads);
    return input as BuildApplicationInput;
  }
  throw new BuildNotFound(`${buildId} is no build, but another workflow of this namespace`);
}

/** From the activity that read it, one of the first; null when it did not succeed. */
async function definitionRead(
  client: SlipwayClient,
  buildId: string,
): Promise<ReadDefinitionOutput | null> {
  let scheduled: string | null = null;
  for await (const event of historyOf(client, buildId, 50)) {
    if (event.activityTaskScheduledEventAttributes?.activityType?.name === readDefinition)
      scheduled = String(event.eventId);
    const completed = event.activityTaskCompletedEventAttributes;
    if (scheduled === null || String(completed?.scheduledEventId) !== scheduled) continue;
    const { loadedDataConverter } = client.temporal.options;
    const [output] = await decodeArrayFromPayloads(
      loadedDataConverter,
      completed?.result?.payloads,
    );
    return output as ReadDefinitionOutput;
  }
  return null;
}
const readDefinition: keyof Activities = 'readDefinition';

async function* historyOf(client: SlipwayClient, buildId: string, pageSize: number) {
  let nextPageToken: Uint8Array | null = null;
  try {
    do {
      const page: HistoryPage = await client.temporal.workflowService.getWorkflowExecutionHistory({
        namespace: client.namespace,
        execution: { workflowId: buildId },
        maximumPageSize: pageSize,
        ...(nextPageToken === null ? {} : { nextPageToken }),
      });
      yield* page.history?.events ?? [];
      nextPageToken = page.nextPageToken;
    } while (nextPageToken.length > 0);
  } catch (error) {
    throw forgotten(client, error, buildId);
  }
}
type HistoryPage = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>;

/** The plain service call knows no `WorkflowNotFoundError`: NOT_FOUND is code 5. */
function forgotten(client: SlipwayClient, error: unknown, buildId: string): Error {
  const told = unreachable(client, error, { build: buildId });
  const isForgotten = error instanceof Error && 'code' in error && error.code === 5;
  return !isForgotten || told instanceof InvalidConfiguration
    ? told
    : new BuildNotFound(
        `Temporal has forgotten what ${buildId} was started with; submit its definition again`,
        { cause: error },
      );
}

/** The commits that the build saw; none when it ended before it knew them. */
async function sourcesOf(
  client: SlipwayClient,
  buildId: string,
): Promise<readonly ResolvedSource[]> {
  const { temporal } = client;
  const handle = temporal.workflow.getHandle(buildId);
  try {
    return await answered(temporal, () => handle.query(sourcesQuery));
  } catch (error) {
    throw unreachable(client, error, { build: buildId });
  }
}

/** What the build was to force and has not built. */
function stillForced(
  { force }: BuildApplicationInput,
  { components }: BuildResult,
): ForceSelection {
  if (force === 'none') return force;
  const unbuilt = components.flatMap(({ name: component, containers }) =>
    containers
      .filter(({ status }) => status !== 'built' && status !== 'existing')
      .map(({ name: container }) => ({ component, container })),
  );
  if (force === 'all') return unbuilt.length === 0 ? 'none' : unbuilt;
  const kept = force.filter((forced) =>
    unbuilt.some(
      ({ component, container }) =>
        component === forced.component && container === forced.container,
    ),
  );
  return kept.length === 0 ? 'none' : kept;
}
