import type { Registry } from '../activities/registry/registry.ts';

/** Milliseconds for an image's registry to answer when the worker starts. */
const answerTimeout = 5_000;

/**
 * The reference with the digest that its registry has for it now; one that has a digest already is
 * taken as it is. Null when the registry does not have it, or does not answer.
 */
export async function pinned(
  reference: string,
  registry: Pick<Registry, 'resolve'>,
): Promise<string | null> {
  if (/@sha256:[0-9a-f]{64}$/.test(reference)) return reference;
  const expired = Promise.withResolvers<null>();
  const timer = setTimeout(() => expired.resolve(null), answerTimeout);
  const answer = registry.resolve(reference, null).catch(() => null);
  const digest = await Promise.race([answer, expired.promise]);
  clearTimeout(timer);
  return digest === null ? null : `${reference.replace(/:[^/:]+$/, '')}@${digest}`;
}
