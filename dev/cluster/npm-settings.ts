import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { bundlePath } from '../tools/images/host-certificates.ts';
import { run } from '../tools/run.ts';

/** What npm needs in a RUN instruction to work as it does on this machine. */
export interface NpmSettings {
  /** Registries and the logins for them; trusts `caTarget`. */
  readonly npmrc: string;
  /** PEM of all CAs that npm trusts here. */
  readonly ca: string;
}

export const npmSecret = 'host-npm';

/** Where `RUN --mount=type=secret,id=ca` has the CAs. */
const caTarget = '/run/secrets/ca';

const Configuration = z.looseObject({
  registry: z.string(),
  cafile: z.string().nullish(),
  userconfig: z.string(),
  globalconfig: z.string(),
});

/**
 * The effective settings of this machine's npm; null where there is no npm that tells them. Of the
 * logins in its files only those for the configured registries are taken.
 *
 * @param environment the person's variables: PATH, HOME, `npm_config_…`, and what `${…}` in a file names
 */
export async function readNpmSettings(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<NpmSettings | null> {
  const configuration = await effectiveConfiguration(environment);
  if (configuration === null) return null;
  const { globalconfig, userconfig, cafile } = configuration;
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const files = await Promise.all([globalconfig, userconfig].map(read));
  const ca = await read(cafile ?? `/${bundlePath}`);
  return {
    npmrc: npmrcText(configuration, files, { environment, hasCa: ca !== '' }),
    ca,
  };
}

async function effectiveConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<z.infer<typeof Configuration> | null> {
  try {
    const listed = await run('npm', ['config', 'list', '--json'], {
      environment,
      // Not the working directory: a project's own .npmrc is in its repository.
      cwd: '/',
      timeoutMs: 20_000,
    });
    return Configuration.parse(JSON.parse(listed));
  } catch {
    // An environment without it works; a build that asks for the Secret says that it isn't there.
    return null;
  }
}

/**
 * @param configuration what `npm config list --json` says; it keeps logins to itself
 * @param files texts of the npmrc files, the strongest last
 */
export function npmrcText(
  configuration: Readonly<Record<string, unknown>> & { readonly registry: string },
  files: readonly string[],
  options: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly hasCa: boolean;
  },
): string {
  const scoped = Object.entries(configuration).filter(
    (entry): entry is [string, string] =>
      /^@[^:]+:registry$/.test(entry[0]) && typeof entry[1] === 'string',
  );
  const registries = [configuration.registry, ...scoped.map(([, url]) => url)];
  const logins = files
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => registries.some((url) => isLoginFor(line, url)))
    .map((line) => withVariables(line, options.environment));
  return `${[
    `registry=${configuration.registry}`,
    ...scoped.map(([name, url]) => `${name}=${url}`),
    ...(options.hasCa ? [`cafile=${caTarget}`] : []),
    ...logins,
  ].join('\n')}\n`;
}

/** `//host/path/:_authToken=…` is for all registries below `host/path/`. */
function isLoginFor(line: string, registry: string): boolean {
  const scope = /^(\/\/[^=]*\/):[^:=]+=/.exec(line)?.[1];
  if (scope === undefined) return false;
  const address = registry.replace(/^https?:/, '').replace(/\/?$/, '/');
  return address.startsWith(scope);
}

function withVariables(
  line: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return line.replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => environment[name] ?? whole);
}
