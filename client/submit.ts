import type { Application } from '../workflows/contract/application.ts';
import type { ForceSelection } from '../workflows/contract/build.ts';
import type { SlipwayClient } from './connect.ts';
import { freshKey, startBuild } from './start.ts';

export interface SubmitOptions {
  /** Idempotency key, `[a-z0-9-]{1,64}`: the same key names the same build. Default: a fresh one. */
  readonly key?: string;
  /** Containers to build although an image of the same inputs exists. Default: `none`. */
  readonly force?: ForceSelection;
}

/**
 * Starts a build, or finds the one that the key names: running or ended. Returns when Temporal has
 * taken the build; from then on it goes on without this process.
 *
 * @param application as `parseDefinition` makes it
 * @returns the build's id
 * @throws InvalidBuildId, ServiceUnreachable, InvalidConfiguration
 */
export async function submitBuild(
  client: SlipwayClient,
  application: Application,
  { key = freshKey(), force = 'none' }: SubmitOptions = {},
): Promise<string> {
  return startBuild(client, { application, force }, key);
}
