import type { VerifyImageInput, VerifyImageOutput } from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { writeInputs } from '../dockerfile/recorded-inputs.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { Registry } from './registry.ts';

/**
 * Makes the activity that proves a pushed image: the registry answers for `repository@digest`,
 * and only then records what it was built from and moves the tags to it.
 *
 * The activity throws `DigestMismatch` and the failures of `Registry` and `ObjectStore`. It may run again at any
 * point: a tag that is right already is left alone.
 */
export function createVerifyImage(dependencies: {
  readonly registry: Registry;
  readonly store: Pick<ObjectStore, 'put'>;
}) {
  const { registry, store } = dependencies;
  return async function verifyImage(input: VerifyImageInput): Promise<VerifyImageOutput> {
    const { repository, digest, tags, secret, record } = input;
    const image = `${repository}@${digest}`;
    if ((await registry.resolvePushed(image, secret)) !== digest) {
      throw failure(
        'DigestMismatch',
        `the builder reported ${digest}, but the registry has no ${image}`,
      );
    }
    if (record !== undefined) await writeInputs(store, record);
    // One after the other: a refused tag leaves a known set of moved ones behind.
    for (const tag of tags) await registry.tag(repository, digest, tag, secret);
    return { image };
  };
}
