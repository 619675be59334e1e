import { ApplicationFailure } from '@temporalio/common';
import type { CreateBuildPodInput } from '../../workflows/contract/activities.ts';
import { layerCacheUse } from '../dockerfile/layer-cache.ts';
import type { Registry } from '../registry/registry.ts';
import { repositoryHost } from '../support/repository-host.ts';
import type { Secrets } from '../support/secrets.ts';

/** Milliseconds for the cache's registry to answer: a build without it loses more than that. */
const answerTimeout = 10_000;

/** A warning's length, in characters: it travels in an annotation. */
const longestProblem = 1_000;

interface Dependencies {
  readonly registry: Pick<Registry, 'checkPush'>;
  readonly secrets: Pick<Secrets, 'registryLogin'>;
}

/**
 * Why a container's layer cache cannot be used now, in a sentence for people; null when it can be,
 * or none is wanted. Asked before the Pod is made, because Buildah fails where it cannot write a
 * layer, and Kaniko spends its retries on each.
 */
export async function layerCacheProblem(
  { registry, secrets }: Dependencies,
  input: Pick<CreateBuildPodInput, 'container' | 'builder'> & { readonly dockerfile: string },
): Promise<string | null> {
  const { repository } = layerCacheUse(input);
  if (repository === null) return null;
  const expired = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    expired.resolve(`its registry has not answered for ${answerTimeout / 1_000} s`);
  }, answerTimeout);
  const problem = await Promise.race([
    refusal(registry, repository, await loginSecret(secrets, input, repository)),
    expired.promise,
  ]).finally(() => clearTimeout(timer));
  if (problem === null) return null;
  return `the layer cache ${repository} is not used, every layer is built: ${problem}`.slice(
    0,
    longestProblem,
  );
}

async function refusal(
  registry: Pick<Registry, 'checkPush'>,
  repository: string,
  secret: string | null,
): Promise<string | null> {
  try {
    await registry.checkPush(repository, secret);
    return null;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error.message;
    throw error;
  }
}

/** The Secret whose login the builder takes for the cache's host: where two know it, for pulling. */
async function loginSecret(
  secrets: Pick<Secrets, 'registryLogin'>,
  { container }: Pick<CreateBuildPodInput, 'container'>,
  repository: string,
): Promise<string | null> {
  const { pullSecret, pushSecret } = container;
  if (pullSecret === null || pushSecret === null) return pushSecret ?? pullSecret;
  const host = repositoryHost(repository);
  const login = await secrets.registryLogin(pullSecret, host).catch((error: unknown) => {
    if (error instanceof ApplicationFailure && error.type === 'SecretNotFound') return null;
    throw error;
  });
  return login === null ? pushSecret : pullSecret;
}
