import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LocalEnvironment } from '../dev/environment.ts';
import { instancePaths } from '../dev/instance/paths.ts';
import { UsageError } from './exit.ts';

/** The directory of the local environment's instance. */
export function homeDirectory(environment: NodeJS.ProcessEnv): string {
  return resolve(environment['SLIPWAY_HOME'] ?? join(homedir(), '.slipway'));
}

/** Where tools and images that the local environment needs are kept between instances. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return resolve(environment['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway'));
}

/**
 * The local environment that has been started from this home; null where there is none.
 *
 * @throws UsageError where its description is another version's
 */
export function localEnvironment(environment: NodeJS.ProcessEnv): LocalEnvironment | null {
  const file = instancePaths(homeDirectory(environment)).environment;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  try {
    return LocalEnvironment.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      `${file} does not describe a local environment of this version; \`slipway dev up\` writes it anew`,
      { cause },
    );
  }
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

/** Where a command's Temporal is named, for people; it is named: see `withClient`. */
export function temporalOrigin(environment: NodeJS.ProcessEnv): string {
  const local = environmentInUse(environment);
  if (local !== null) return `the local environment in ${local.home}`;
  const { TEMPORAL_ADDRESS: address, TEMPORAL_PROFILE: profile } = environment;
  if (address !== undefined) return 'TEMPORAL_ADDRESS';
  const file = 'Temporal’s configuration file';
  return profile === undefined ? file : `profile ${profile} of ${file}`;
}

/** The local environment where the caller works with it; null where another Temporal is named. */
export function environmentInUse(environment: NodeJS.ProcessEnv): LocalEnvironment | null {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_PROFILE: profile } = environment;
  if (address === undefined && profile !== undefined) return null;
  const local = localEnvironment(environment);
  const isOther = address !== undefined && address !== local?.settings['TEMPORAL_ADDRESS'];
  return isOther ? null : local;
}
