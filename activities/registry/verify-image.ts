import type { VerifyImageInput, VerifyImageOutput } from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import type { Registry } from './registry.ts';

/**
 * Makes the activity that proves a pushed image: the registry answers for `repository@digest`,
 * and only then the tags are moved to it.
 *
 * The activity throws `DigestMismatch` and the failures of `Registry`. It may run again at any
 * point: a tag that is right already is left alone.
 */
export function createVerifyImage(dependencies: { readonly registry: Registry }) {
  const { registry } = dependencies;
  return async function verifyImage(input: VerifyImageInput): Promise<VerifyImageOutput> {
    const { repository, digest, tags, secret } = input;
    const image = `${repository}@${digest}`;
    if ((await registry.resolvePushed(image, secret)) !== digest) {
      throw failure(
        'DigestMismatch',
        `the builder reported ${digest}, but the registry has no ${image}`,
      );
    }
    // One after the other: a refused tag leaves a known set of moved ones behind.
    for (const tag of tags) await registry.tag(repository, digest, tag, secret);
    return { image };
  };
}
