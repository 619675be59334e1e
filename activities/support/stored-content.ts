import { failure } from '../../workflows/contract/failures.ts';
import { sha256 } from './digest.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * Reads an object that the build has put there.
 *
 * Throws `ContextCorrupted` when it is gone, `StorageUnavailable`.
 */
export async function presentContent(
  store: Pick<ObjectStore, 'get'>,
  object: string,
): Promise<Buffer> {
  const content = await store.get(object);
  if (content !== null) return content;
  throw failure(
    'ContextCorrupted',
    `${object} is gone from the object store, where this build had put it: build again; if that does not help, the bucket's lifecycle deletes it too early`,
  );
}

/**
 * Reads an object and proves that it holds what was put there.
 *
 * Throws `ContextCorrupted` when it does not or is gone, `StorageUnavailable`.
 *
 * @param digest hex SHA-256, with or without `sha256:`
 */
export async function storedContent(
  store: Pick<ObjectStore, 'get'>,
  object: string,
  digest: string,
): Promise<Buffer> {
  const content = await presentContent(store, object);
  const expected = digest.replace(/^sha256:/, '');
  const actual = sha256(content);
  if (actual !== expected) {
    throw failure(
      'ContextCorrupted',
      `${object} in the object store holds sha256:${actual}, expected sha256:${expected}: something else has written to it`,
    );
  }
  return content;
}
