import { readFileSync } from 'node:fs';
import type { AskRegistry } from '../activities/package/verify/check-images.ts';
import { createHttpRegistry } from '../activities/registry/http-registry.ts';
import { createDispatcher } from '../activities/support/tls.ts';
import { WorkerSettings } from '../worker/config.ts';
import { dockerConfigFile, dockerLogins } from './docker-logins.ts';
import { environmentInUse } from './environment.ts';
import { UsageError } from './exit.ts';

/** What of an installation's settings tells how its registries are reached. */
const RegistrySettings = WorkerSettings.pick({
  SLIPWAY_CA_BUNDLE: true,
  SLIPWAY_REGISTRY_MIRRORS: true,
  SLIPWAY_PLAIN_HTTP_REGISTRIES: true,
});

export interface RegistryQuestions {
  readonly ask: AskRegistry;
  close(): Promise<void>;
}

/**
 * Asks registries for images from here, with the person's Docker logins; the local environment's
 * own login is known without.
 *
 * @param settings of the command
 * @throws UsageError
 */
export function openRegistryQuestions(settings: NodeJS.ProcessEnv): RegistryQuestions {
  const parsed = RegistrySettings.safeParse(settings);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
    throw new UsageError(`the settings for registries are not usable: ${names.join('; ')}`);
  }
  const { SLIPWAY_CA_BUNDLE: bundle } = parsed.data;
  const local = environmentInUse(settings);
  const login = dockerLogins([
    ...(local === null ? [] : [local.registry.authFile]),
    dockerConfigFile(settings),
  ]);
  const dispatcher = createDispatcher(bundle === undefined ? null : readBundle(bundle));
  const registry = createHttpRegistry({
    secrets: { registryLogin: (_, host) => login(host) },
    dispatcher,
    mirrors: parsed.data.SLIPWAY_REGISTRY_MIRRORS,
    plainHttpHosts: parsed.data.SLIPWAY_PLAIN_HTTP_REGISTRIES,
  });
  return {
    // Only what was there before may come from a mirror.
    ask: ({ image, inputDigest }) =>
      inputDigest === null
        ? registry.resolve(image, dockerLogin)
        : registry.resolvePushed(image, dockerLogin),
    close: () => dispatcher.close(),
  };
}

/** Stands for a Secret's name: here a host has one login, whatever its name. */
const dockerLogin = 'docker';

function readBundle(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${file}, which SLIPWAY_CA_BUNDLE names`, { cause });
  }
}
