import type { BuiltContainer } from '../../workflows/contract/application.ts';
import { repositoryHost } from './repository-host.ts';
import type { Secrets } from './secrets.ts';

/**
 * Resolves when all Secrets that a container's Pod mounts may be mounted: each only where a person
 * has said what it is for, because a RUN of Kaniko can read it. Base images may come from any
 * registry, so a pull Secret need not be for a certain one.
 *
 * Throws `SecretNotFound` (the push Secret is not for this registry or the cache's, the pull Secret
 * for none, either has a login for a host that it is not for, a build-time secret not for builds),
 * `ClusterUnavailable`.
 */
export async function checkMountedSecrets(
  secrets: Pick<Secrets, 'requireRegistryUse' | 'requireBuildUse'>,
  container: BuiltContainer,
): Promise<void> {
  const { pushSecret, pullSecret, cache, secrets: buildSecrets = [] } = container;
  const cacheHosts = cache === undefined ? [] : [repositoryHost(cache.repository)];
  if (pushSecret !== null) {
    await secrets.requireRegistryUse(pushSecret, [
      repositoryHost(container.repository),
      ...cacheHosts,
    ]);
  }
  if (pullSecret !== null && pullSecret !== pushSecret) {
    await secrets.requireRegistryUse(pullSecret, pushSecret === null ? cacheHosts : []);
  }
  for (const { secret, key } of buildSecrets) await secrets.requireBuildUse(secret, key);
}
