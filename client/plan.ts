import type { Application } from '../workflows/contract/application.ts';
import type { ContainerFailure, ForceSelection } from '../workflows/contract/build.ts';
import { planQuery, type ContainerPlan } from '../workflows/contract/messages.ts';
import { awaitBuild } from './await.ts';
import { cancelBuild } from './cancel.ts';
import type { SlipwayClient } from './connect.ts';
import type { BuildSnapshot } from './get.ts';
import { openReads } from './read-objects.ts';
import { answered, unreachable } from './rpc.ts';
import { freshKey, startBuild } from './start.ts';

/** How `planBuild` plans. */
export interface PlanOptions {
  /** Idempotency key, `[a-z0-9-]{1,64}`. Default: a fresh one, `plan-…`. */
  readonly key?: string;
  /** Containers that a build would build in any case. Default: `none`. */
  readonly force?: ForceSelection;
  /** Read the rendered Dockerfiles from the store as well. Default: false. */
  readonly dockerfiles?: boolean;
  /** Its abort cancels the plan. */
  readonly signal?: AbortSignal;
}

/** What a build of the application would do now. */
export interface Plan {
  /** Id of the build that stopped before its first Pod. */
  readonly buildId: string;
  /** The application's name. */
  readonly application: string;
  /** Commits, pinned bases, input digests and a verdict for each; a failed one has its failure. */
  readonly containers: readonly ContainerPlan[];
  /** What the build as a whole would fail of; null when it would not. */
  readonly failure: ContainerFailure | null;
  /** The rendered Dockerfiles by `<component>/<container>`, where they were asked for. */
  readonly dockerfiles?: ReadonlyMap<string, string>;
}

/**
 * Runs a build that stops each container before its first Pod, and waits for it: refs become
 * commits, Dockerfiles are rendered and pinned, the registry is asked for images of the same
 * inputs. Nothing is pushed.
 *
 * @throws InvalidBuildId for a key that cannot be one, or that a build has; ServiceUnreachable,
 *   InvalidConfiguration, and the signal's reason when it aborts
 */
export async function planBuild(
  client: SlipwayClient,
  application: Application,
  { key = `plan-${freshKey()}`, force = 'none', dockerfiles = false, signal }: PlanOptions = {},
): Promise<Plan> {
  signal?.throwIfAborted();
  const { buildId } = await startBuild(client, { application, force, mode: 'plan' }, key);
  const { result, failure } = await endOrAbort(client, buildId, signal);
  const containers = await plansOf(client, buildId, application);
  return {
    buildId,
    application: result.application,
    containers,
    failure,
    ...(dockerfiles ? { dockerfiles: await readDockerfiles(client, containers) } : {}),
  };
}

async function endOrAbort(
  client: SlipwayClient,
  buildId: string,
  signal: AbortSignal | undefined,
): Promise<BuildSnapshot> {
  try {
    return await awaitBuild(client, buildId, signal === undefined ? {} : { signal });
  } catch (error) {
    // Nobody else waits for this plan.
    if (signal?.aborted === true) await cancelBuild(client, buildId).catch(() => undefined);
    throw error;
  }
}

async function plansOf(
  client: SlipwayClient,
  buildId: string,
  { components }: Application,
): Promise<readonly ContainerPlan[]> {
  const { temporal } = client;
  const handle = temporal.workflow.getHandle(buildId);
  const plans: ContainerPlan[] = [];
  try {
    // One after the other, as `getBuild` does; a whole application could exceed a payload's size.
    for (const { name } of components) {
      plans.push(...(await answered(temporal, () => handle.query(planQuery, name))));
    }
  } catch (error) {
    throw unreachable(client, error, { build: buildId });
  }
  return plans;
}

/** URLs that one grant has at most. */
const batchSize = 300;

async function readDockerfiles(
  client: SlipwayClient,
  containers: readonly ContainerPlan[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = containers.flatMap(({ component, name, rendered }) =>
    rendered === null
      ? []
      : [
          {
            path: `${component}/${name}`,
            key: rendered.dockerfile.object,
            kind: 'object' as const,
          },
        ],
  );
  const texts = new Map<string, string>();
  for (let start = 0; start < wanted.length; start += batchSize) {
    const batch = wanted.slice(start, start + batchSize);
    const downloads = await openReads(
      client,
      batch.map(({ kind, key }) => ({ kind, key })),
    );
    await Promise.all(
      batch.map(async ({ path }, index) => {
        const response = await downloads[index]?.fetch();
        if (response) texts.set(path, await response.text());
      }),
    );
  }
  return texts;
}
