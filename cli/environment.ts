import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LocalEnvironment } from '../dev/environment.ts';
import { instancePaths } from '../dev/instance/paths.ts';

/** The directory of the local environment's instance. */
export function homeDirectory(environment: NodeJS.ProcessEnv): string {
  return resolve(environment['SLIPWAY_HOME'] ?? join(homedir(), '.slipway'));
}

/** Where tools and images that the local environment needs are kept between instances. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return resolve(environment['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'));
}

/** The local environment that has been started from this home; null where there is none. */
export function localEnvironment(environment: NodeJS.ProcessEnv): LocalEnvironment | null {
  let text: string;
  try {
    text = readFileSync(instancePaths(homeDirectory(environment)).environment, 'utf8');
  } catch {
    return null;
  }
  return LocalEnvironment.parse(JSON.parse(text));
}

/**
 * The settings of a command: what the caller's environment says, else the local environment's.
 * Whoever names another Temporal means another installation: then nothing local is mixed in.
 */
export function commandSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const named = environment['TEMPORAL_ADDRESS'] ?? environment['TEMPORAL_PROFILE'];
  if (named !== undefined) return environment;
  return { ...localEnvironment(environment)?.settings, ...environment };
}
