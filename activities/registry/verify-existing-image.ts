import type {
  VerifyExistingImageInput,
  VerifyExistingImageOutput,
} from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { parseImageReference } from '../../definition/image-reference.ts';
import type { Registry } from './registry.ts';

/**
 * Makes the activity that verifies an image which is not built: a tag becomes the digest that it
 * names now, a digest has to be there.
 *
 * The activity throws `BaseImageNotFound` and the failures of `Registry.resolve`.
 */
export function createVerifyExistingImage(dependencies: { readonly registry: Registry }) {
  const { registry } = dependencies;
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
    return { image: `${host}/${path}@${digest}`, digest };
  };
}
