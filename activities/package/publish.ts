import type { PackageRef } from '../../workflows/contract/build.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { sha256 } from '../support/digest.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { packageDifference, type DescriptionFormat } from './difference.ts';
import { keepProvenance } from './provenance/provenance-store.ts';
import type { Statement } from './provenance/statement.ts';

export interface Publication {
  readonly object: string;
  readonly bytes: Buffer;
  readonly format: DescriptionFormat;
  /** What the provenance says of the package that these bytes are. */
  readonly provenance: (ref: PackageRef) => Statement;
}

/**
 * Whether exactly this package is published already.
 *
 * Throws `VersionExists`, naming what differs, when the object holds anything else;
 * `StorageUnavailable`.
 */
async function isPublished(
  store: ObjectStore,
  { object, bytes, format }: Publication,
): Promise<boolean> {
  const published = await store.get(object);
  if (published === null) return false;
  if (sha256(published) === sha256(bytes)) return true;
  const difference = await packageDifference(published, bytes, format);
  throw failure('VersionExists', `${object} has been published with other content: ${difference}`);
}

/**
 * Makes the package visible by one conditional write, after its provenance; when another one came
 * first, it has to be the same. A package that is not going to be published leaves no provenance,
 * unless another one comes at the same moment.
 *
 * Throws `VersionExists`, `StorageUnavailable`.
 */
export async function publish(store: ObjectStore, publication: Publication): Promise<PackageRef> {
  const { object, bytes } = publication;
  const ref = { object, sha256: sha256(bytes) };
  const isThere = await isPublished(store, publication);
  const provenance = await keepProvenance(store, ref, publication.provenance(ref));
  if (!isThere) await write(store, publication);
  return { ...ref, provenance };
}

async function write(store: ObjectStore, publication: Publication): Promise<void> {
  const { object, bytes } = publication;
  const written = await store.putIfAbsent(object, bytes, 'application/zip');
  if (!written && !(await isPublished(store, publication))) {
    throw failure('StorageUnavailable', `${object} was there when it was written and is gone now`);
  }
}
