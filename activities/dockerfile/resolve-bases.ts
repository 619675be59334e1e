import { ApplicationFailure } from '@temporalio/common';
import { formatImageReference } from '../../definition/image-reference.ts';
import { failure } from '../../workflows/contract/failures.ts';
import type { Registry } from '../registry/registry.ts';
import type { ExternalImage } from './pin.ts';

export interface ResolvedBases {
  /** Full reference → digest; null for one that could not be had and is not needed. */
  readonly digests: ReadonlyMap<string, string | null>;
  readonly warnings: readonly string[];
}

/** All of them, by name and digest, have to fit into payloads of Temporal. */
const maxImages = 50;

/**
 * Asks the registries for the digests of all images, each once, in parallel.
 *
 * Throws `BaseImageNotFound` with the line that names it, `DockerfileInvalid` for more than 50 images,
 * and what `Registry.resolve` throws. An
 * image of a stage that is not built is left unpinned, with a warning, when it does not exist or
 * is denied.
 *
 * @param secret for registries that it is for; others are asked without it
 */
export async function resolveBases(
  images: readonly ExternalImage[],
  registry: Pick<Registry, 'resolve'>,
  secret: string | null,
  file: string,
): Promise<ResolvedBases> {
  const byReference = Map.groupBy(images, ({ reference }) => formatImageReference(reference));
  if (byReference.size > maxImages) {
    throw failure(
      'DockerfileInvalid',
      `${file} uses ${byReference.size} images; at most ${maxImages} are expected`,
    );
  }
  const warnings: string[] = [];
  const entries = await Promise.all(
    Array.from(byReference, async ([reference, uses]): Promise<[string, string | null]> => {
      const first = uses.find(({ needed }) => needed) ?? uses[0]!;
      const digest = await resolveOne(reference, first.needed, registry, secret);
      if (digest !== null) return [reference, digest];
      const message = `${file}:${first.line}: there is no image ${first.name} that can be read (asked for ${reference})`;
      if (first.needed) throw failure('BaseImageNotFound', message);
      warnings.push(`${message}; it is not pinned, no stage that is built uses it`);
      return [reference, null];
    }),
  );
  return { digests: new Map(entries), warnings: warnings.toSorted() };
}

async function resolveOne(
  reference: string,
  needed: boolean,
  registry: Pick<Registry, 'resolve'>,
  secret: string | null,
): Promise<string | null> {
  try {
    return await resolveWithSecret(reference, registry, secret);
  } catch (error) {
    if (!needed && isFailure(error, 'BaseImageDenied')) return null;
    throw error;
  }
}

/**
 * A Secret is for some hosts only, and a Dockerfile may use public images of others beside them:
 * those are asked without a login. What needs one tells what is wrong with the Secret.
 */
async function resolveWithSecret(
  reference: string,
  registry: Pick<Registry, 'resolve'>,
  secret: string | null,
): Promise<string | null> {
  try {
    return await registry.resolve(reference, secret);
  } catch (error) {
    if (secret === null || !isFailure(error, 'SecretNotFound')) throw error;
    try {
      return await registry.resolve(reference, null);
    } catch (anonymous) {
      throw isFailure(anonymous, 'BaseImageDenied') ? error : anonymous;
    }
  }
}

function isFailure(error: unknown, type: string): boolean {
  return error instanceof ApplicationFailure && error.type === type;
}
