import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from '../../activities/support/object-store.ts';
import { failure } from '../../workflows/contract/failures.ts';

export interface InMemoryObjectStore extends ObjectStore {
  /** What is stored, for tests to read and to plant. */
  readonly objects: Map<string, Buffer>;
}

/** The `ObjectStore` contract without a server: for units only. */
export function createInMemoryObjectStore(): InMemoryObjectStore {
  const objects = new Map<string, Buffer>();

  return {
    objects,
    async size(key) {
      return objects.get(key)?.length ?? null;
    },
    async put(key, body) {
      objects.set(key, Buffer.isBuffer(body) ? body : await buffer(body));
    },
    async putIfAbsent(key, body) {
      if (objects.has(key)) return false;
      objects.set(key, body);
      return true;
    },
    async get(key) {
      return objects.get(key) ?? null;
    },
    async list(prefix) {
      return [...objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, content]) => ({ key, size: content.length }))
        .toSorted((one, other) => (one.key < other.key ? -1 : 1));
    },
    async renew(key) {
      if (!objects.has(key)) throw failure('StorageUnavailable', `there is no object ${key}`);
    },
    async presignGet(key, seconds) {
      return `memory://${key}?seconds=${seconds}`;
    },
    async hasLifecycle() {
      return false;
    },
  };
}
