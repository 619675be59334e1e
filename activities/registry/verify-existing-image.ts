import type {
  VerifyExistingImageInput,
  VerifyExistingImageOutput,
} from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { parseImageReference } from '../../definition/image-reference.ts';
import { refuseMovedImage } from '../package/published-version.ts';
import type { PublishedStore } from '../package/published-component.ts';
import type { Registry } from './registry.ts';

/**
 * Makes the activity that verifies an image which is not built: a tag becomes the digest that it
 * names now, a digest has to be there.
 *
 * The activity throws `BaseImageNotFound`, the failures of `Registry.resolve`, and `VersionExists` when
 * the version is published with another image.
 */
export function createVerifyExistingImage(dependencies: {
  readonly registry: Pick<Registry, 'resolve'>;
  readonly store: PublishedStore;
}) {
  const { registry, store } = dependencies;
  return async function verifyExistingImage(
    input: VerifyExistingImageInput,
  ): Promise<VerifyExistingImageOutput> {
    const { image, name, pullSecret } = input.container;
    const parsed = parseImageReference(image);
    if (!parsed.ok) {
      throw failure('InvalidDefinition', `container ${name}: the image ${image} ${parsed.problem}`);
    }
    const digest = await registry.resolve(image, pullSecret);
    if (digest === null) {
      throw failure('BaseImageNotFound', `container ${name}: the registry has no image ${image}`);
    }
    const { host, path } = parsed.reference;
    const found = `${host}/${path}@${digest}`;
    const { container, identity } = input;
    if (identity !== undefined)
      await refuseMovedImage(store, { identity, container, image: found });
    return { image: found, digest };
  };
}
