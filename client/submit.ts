import type { Application } from '../workflows/contract/application.ts';
import type { ForceSelection } from '../workflows/contract/build.ts';
import type { SlipwayClient } from './connect.ts';
import { freshKey, startBuild, type Submission } from './start.ts';

/** How `submitBuild` starts a build. */
export interface SubmitOptions {
  /** Idempotency key, `[a-z0-9-]{1,64}`: the same key names the same build. Default: a fresh one. */
  readonly key?: string;
  /** Containers to build although an image of the same inputs exists. Default: `none`. */
  readonly force?: ForceSelection;
}

/**
 * Starts a build, or finds the one that the key names: running or ended. Returns when Temporal has
 * taken the build; from then on it goes on without this process. `submitOrFindBuild` tells which of
 * the two it was.
 *
 * @param application as `parseDefinition` makes it
 * @returns the build's id
 * @throws InvalidBuildId for a key that cannot be one, or that a plan has; ServiceUnreachable,
 *   InvalidConfiguration
 */
export async function submitBuild(
  client: SlipwayClient,
  application: Application,
  options: SubmitOptions = {},
): Promise<string> {
  const { buildId } = await submitOrFindBuild(client, application, options);
  return buildId;
}

/**
 * As `submitBuild`, and tells whether the build is a new one: what a found build does, or came to, is
 * of an earlier submission, whose definition may have been another.
 *
 * @throws as `submitBuild`
 */
export async function submitOrFindBuild(
  client: SlipwayClient,
  application: Application,
  { key = freshKey(), force = 'none' }: SubmitOptions = {},
): Promise<Submission> {
  return startBuild(client, { application, force }, key);
}
