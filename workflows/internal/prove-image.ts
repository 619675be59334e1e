import type { InputsRecord } from '../contract/activities.ts';
import type { BuiltContainer } from '../contract/application.ts';
import { activities, requestPolicy } from './policies.ts';

/**
 * Proves that the registry holds the image, gives it the container's tags, and keeps what it was
 * made from.
 *
 * @param summary what the Temporal UI shows
 * @returns `repository@sha256:…`
 */
export async function proveImage(
  summary: string,
  container: BuiltContainer,
  digest: string,
  record: InputsRecord | undefined,
): Promise<string> {
  const { image } = await activities(requestPolicy, summary).verifyImage({
    repository: container.repository,
    digest,
    tags: container.tags,
    secret: container.pushSecret,
    ...(record === undefined ? {} : { record }),
  });
  return image;
}
