import type { PackageRef } from '../../../workflows/contract/build.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { provenanceObject } from '../../../workflows/contract/objects.ts';
import { sha256 } from '../../support/digest.ts';
import type { ObjectStore } from '../../support/object-store.ts';
import { presentContent } from '../../support/stored-content.ts';
import { jsonFile } from '../json-file.ts';
import { Statement, statementMediaType } from './statement.ts';

/**
 * Writes a package's provenance beside its place, before the package itself is there. When these
 * bytes of the package have a statement, of an earlier try or an earlier build, that one holds.
 *
 * Throws `StorageUnavailable`.
 *
 * @returns the statement's key
 */
export async function keepProvenance(
  store: Pick<ObjectStore, 'putIfAbsent'>,
  { object, sha256: digest }: PackageRef,
  statement: Statement,
): Promise<string> {
  const key = provenanceObject(object, digest);
  await store.putIfAbsent(key, jsonFile(statement), statementMediaType);
  return key;
}

/**
 * Reads the provenance of a package back.
 *
 * Throws `ContextCorrupted` when it is no statement about this package or gone, `StorageUnavailable`.
 */
export async function readProvenance(
  store: Pick<ObjectStore, 'get'>,
  { object, sha256: digest }: PackageRef,
): Promise<{ readonly ref: PackageRef; readonly statement: Statement }> {
  const key = provenanceObject(object, digest);
  const content = await presentContent(store, key);
  const statement = parseStatement(content.toString('utf8'));
  const isOfPackage = statement?.subject.some(
    (subject) => subject.name === object && subject.digest['sha256'] === digest,
  );
  if (statement === null || isOfPackage !== true) {
    throw failure(
      'ContextCorrupted',
      `${key} is no provenance of ${object} with sha256:${digest}: something else has written to it`,
    );
  }
  return { ref: { object: key, sha256: sha256(content) }, statement };
}

/** null when the text is no statement that Slipway writes. */
export function parseStatement(text: string): Statement | null {
  try {
    return Statement.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
