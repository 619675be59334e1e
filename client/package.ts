import { createHash } from 'node:crypto';
import type { PackageRef } from '../workflows/contract/build.ts';
import { applicationObject, provenanceObject } from '../workflows/contract/objects.ts';
import type { SlipwayClient } from './connect.ts';
import { PackageNotFound } from './errors.ts';
import { getBuild } from './get.ts';
import { listBuilds } from './list.ts';
import { openReads } from './read-objects.ts';

/** Which application package is meant: one by its version, or the one that a build led to. */
export type PackageSelection =
  { readonly application: string; readonly version: string } | { readonly buildId: string };

/** An application package as the store has it, with its provenance. */
export interface FetchedPackage {
  /** Key in the store. */
  readonly object: string;
  /** Hex SHA-256 of `archive`. */
  readonly sha256: string;
  /** What the build said that it published; null where no build was asked. */
  readonly published: string | null;
  /** The bytes of the zip file. */
  readonly archive: Buffer;
  /** Text of the in-toto statement about exactly these bytes; null where the store has none. */
  readonly provenance: string | null;
}

/**
 * Downloads an application package and its provenance. Nothing is checked: see `slipway package
 * verify`. Needs a worker for the right to read, and the object store.
 *
 * @throws PackageNotFound, BuildNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function fetchPackage(
  client: SlipwayClient,
  selection: PackageSelection,
): Promise<FetchedPackage> {
  const ref = await findPackage(client, selection);
  const archive = await read(client, ref.object);
  if (archive === null) {
    throw new PackageNotFound(`there is no package ${ref.object} in this installation's store`);
  }
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const provenance = await read(client, provenanceObject(ref.object, sha256));
  return {
    object: ref.object,
    sha256,
    published: ref.sha256,
    archive,
    provenance: provenance?.toString('utf8') ?? null,
  };
}

/**
 * The latest build of the application that succeeded.
 *
 * @returns its id
 * @throws PackageNotFound, ServiceUnreachable, InvalidConfiguration
 */
export async function latestPublished(client: SlipwayClient, application: string): Promise<string> {
  for await (const { buildId } of listBuilds(client, {
    application,
    status: 'succeeded',
    limit: 1,
  })) {
    return buildId;
  }
  throw new PackageNotFound(`Temporal remembers no build of ${application} that succeeded`);
}

async function findPackage(
  client: SlipwayClient,
  selection: PackageSelection,
): Promise<{ readonly object: string; readonly sha256: string | null }> {
  if ('version' in selection) {
    const { application, version } = selection;
    return { object: applicationObject(application, version), sha256: null };
  }
  const { result } = await getBuild(client, selection.buildId);
  const ref: PackageRef | null = result.package;
  if (ref !== null) return ref;
  throw new PackageNotFound(`build ${selection.buildId} (${result.status}) has no package`);
}

async function read(client: SlipwayClient, key: string): Promise<Buffer | null> {
  const [download] = await openReads(client, [{ kind: 'object', key }]);
  const response = (await download?.fetch()) ?? null;
  return response === null ? null : Buffer.from(await response.arrayBuffer());
}
