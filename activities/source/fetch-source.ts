import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type {
  ContextRef,
  FetchSourceInput,
  FetchSourceOutput,
} from '../../workflows/contract/activities.ts';
import { withHeartbeats } from '../support/heartbeating.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { packContext, type PackedContext } from './pack-context.ts';
import type { SourceTrees } from './source-trees.ts';

/**
 * Makes the activity that puts a build context into the object store, named by its content: one
 * that is there is not sent again, its age is reset.
 *
 * The activity throws the failures of `SourceTrees.withTree`, of `packContext` and
 * `StorageUnavailable`. It may run again at any point.
 */
export function createFetchSource(dependencies: {
  readonly trees: SourceTrees;
  readonly store: ObjectStore;
  /** Bytes of a context's files; 2 GiB when absent. */
  readonly contextLimit?: number;
}) {
  const { trees, store, contextLimit } = dependencies;
  return async function fetchSource(input: FetchSourceInput): Promise<FetchSourceOutput> {
    const { source, context, dockerfile } = input;
    return withHeartbeats((signal) =>
      trees.withTree(source, async (directory) => {
        const limit = contextLimit === undefined ? {} : { limit: contextLimit };
        const packed = await packContext(directory, context, dockerfile, { ...limit, signal });
        return { context: await keep(packed, store, signal) };
      }),
    );
  };
}

async function keep(
  packed: PackedContext,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<ContextRef> {
  const { digest, size } = packed;
  const object = `contexts/${digest.replace('sha256:', '')}.tar.gz`;
  if ((await store.size(object)) === null) {
    // Node writes no time and no name into the gzip header.
    const gzip = createGzip();
    const packing = pipeline(packed.open(), gzip, { signal });
    // Either end's error reaches the other: `pipeline` destroys what `put` reads, and `put` what it writes.
    const [stored, read] = await Promise.allSettled([
      store.put(object, gzip, 'application/gzip').finally(() => gzip.destroy()),
      packing,
    ]);
    if (stored.status === 'rejected') throw stored.reason;
    if (read.status === 'rejected') throw read.reason;
  } else {
    await store.renew(object);
  }
  return { object, digest, size };
}
