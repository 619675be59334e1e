import { realpath } from 'node:fs/promises';

import { LocalEnvironment } from './environment.ts';
import { isMissing, readIfExists } from './files.ts';
import { deriveIdentity } from './instance/identity.ts';
import { instancePaths } from './instance/paths.ts';
import { isAlive } from './process/identity.ts';
import { readRecords } from './process/records.ts';

interface ComponentStatus {
  readonly name: string;
  readonly pid: number;
  readonly isRunning: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
}

export interface EnvironmentStatus {
  /**
   * - `absent`: nothing was ever started, or all of it was removed
   * - `down`: stopped; its data is there
   * - `up`: everything that was started runs
   * - `incomplete`: something has ended, or `up` didn't get to its end: run it again
   */
  readonly state: 'absent' | 'down' | 'up' | 'incomplete';
  readonly instance: string | undefined;
  readonly components: readonly ComponentStatus[];
  /** As the last complete `up` described it; undefined unless it is `up` or `incomplete`. */
  readonly environment: LocalEnvironment | undefined;
}

/** What runs of a home's local environment. Changes nothing and needs no root. */
export async function status(options: { readonly home: string }): Promise<EnvironmentStatus> {
  const home = await realpath(options.home).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const absent = {
    state: 'absent',
    instance: undefined,
    components: [],
    environment: undefined,
  } as const;
  if (home === undefined) return absent;
  const paths = instancePaths(home);
  if ((await readIfExists(paths.instance)) === undefined) return absent;
  const records = await readRecords(paths.processes);
  const components = await Promise.all(
    records.map(async ({ name, identity, startedAt }) => {
      return { name, pid: identity.pid, isRunning: await isAlive(identity), startedAt };
    }),
  );
  const text = await readIfExists(paths.environment);
  const environment = text === undefined ? undefined : LocalEnvironment.parse(JSON.parse(text));
  const instance = deriveIdentity(home).name;
  if (components.length === 0)
    return { state: 'down', instance, components, environment: undefined };
  const isWhole = environment !== undefined && components.every((component) => component.isRunning);
  return { state: isWhole ? 'up' : 'incomplete', instance, components, environment };
}
