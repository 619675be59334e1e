import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { RegistryLogin } from '../activities/support/secrets.ts';
import { canonicalRegistryHost } from '../definition/image-reference.ts';
import { UsageError } from './exit.ts';

const Helper = z.string().regex(/^[\w.-]+$/);
const DockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credHelpers: z.record(z.string(), Helper).default({}),
  credsStore: Helper.optional(),
});
type DockerConfig = z.infer<typeof DockerConfig>;

/** What a credential helper answers (docker/docker-credential-helpers). */
const Credentials = z.object({ Username: z.string(), Secret: z.string() });

/** Milliseconds: a helper may ask its keyring, but not a person. */
const helperTimeout = 10_000;

/** The person's own Docker configuration. */
export function dockerConfigFile(environment: NodeJS.ProcessEnv): string {
  return join(environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');
}

/**
 * Looks for a host's login as Docker does: the host's credential helper, the default one, then the
 * file itself.
 *
 * @param files like `~/.docker/config.json`; the first that has a login decides, and one that is not there has none
 * @returns null when nobody has a login for the host
 * @throws UsageError for a file that is no such configuration; never with what is in it
 */
export function dockerLogins(
  files: readonly string[],
): (host: string) => Promise<RegistryLogin | null> {
  const configs = files.map(readConfig);
  return async (host) => {
    for (const config of configs) {
      const login = await loginOf(config, canonicalRegistryHost(host));
      if (login !== null) return login;
    }
    return null;
  };
}

function readConfig(file: string): DockerConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return DockerConfig.parse({});
  }
  try {
    return DockerConfig.parse(JSON.parse(text));
  } catch {
    // No cause: it would quote the text.
    throw new UsageError(`${file} is no Docker configuration`);
  }
}

async function loginOf(config: DockerConfig, host: string): Promise<RegistryLogin | null> {
  const helper = found(config.credHelpers, host) ?? config.credsStore;
  const fromHelper = helper === undefined ? null : await askHelper(helper, host);
  if (fromHelper !== null) return fromHelper;
  const auth = found(config.auths, host)?.auth;
  if (auth === undefined || auth === '') return null;
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon <= 0) return null;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Docker's keys are hosts, or URLs: its hub is `https://index.docker.io/v1/`. */
function found<T>(entries: Readonly<Record<string, T>>, host: string): T | undefined {
  const bare = (key: string): string =>
    canonicalRegistryHost(key.replace(/^https?:\/\//, '').replace(/\/.*$/, ''));
  return Object.entries(entries).find(([key]) => bare(key) === host)?.[1];
}

/** null where the helper has no login or is not there: the registry may want none. */
function askHelper(helper: string, host: string): Promise<RegistryLogin | null> {
  const server = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
  return new Promise((resolve) => {
    const child = execFile(
      `docker-credential-${helper}`,
      ['get'],
      { timeout: helperTimeout },
      (error, stdout) => {
        const answer = error === null ? parsedCredentials(stdout) : null;
        // `<token>` is not a user's name: the secret is an OAuth token, which only Docker exchanges.
        if (answer === null || answer.Username === '<token>') resolve(null);
        else resolve({ username: answer.Username, password: answer.Secret });
      },
    );
    // A helper that is not there takes no input either; the callback says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${server}\n`);
  });
}

function parsedCredentials(text: string): z.infer<typeof Credentials> | null {
  try {
    return Credentials.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
