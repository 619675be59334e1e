import { failure } from '../../workflows/contract/failures.ts';
import { sha256 } from '../support/digest.ts';
import type { ObjectStore } from '../support/object-store.ts';

/**
 * Reads an object and proves that it holds what was put there.
 *
 * Throws `DigestMismatch`, `ContextUnavailable` when it is gone, `StorageUnavailable`.
 *
 * @param digest hex SHA-256, with or without `sha256:`
 */
export async function storedContent(
  store: ObjectStore,
  object: string,
  digest: string,
): Promise<Buffer> {
  const content = await store.get(object);
  const expected = digest.replace(/^sha256:/, '');
  const actual = sha256(content);
  if (actual !== expected) {
    throw failure(
      'DigestMismatch',
      `${object} in the object store holds sha256:${actual}, expected sha256:${expected}: something else has written to it`,
    );
  }
  return content;
}
