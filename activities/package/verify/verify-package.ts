import { applicationDescription } from '../application-package.ts';
import { sha256 } from '../canonical-json.ts';
import { checkApplication } from './check-application.ts';
import { checkArchive } from './check-archive.ts';
import { checkComponent } from './check-component.ts';
import { checkImages, type AskRegistry } from './check-images.ts';
import { checkProvenance } from './check-provenance.ts';
import type { Check } from './check.ts';
import type { PackageContents } from './contents.ts';

export interface PackageToVerify {
  /** Of an application or of a component. */
  readonly archive: Buffer;
  /** Text of the in-toto statement; null where there is none. */
  readonly provenance: string | null;
  /** null: the registries are not asked. */
  readonly ask: AskRegistry | null;
}

/** Everything that can be checked of a package; what cannot be is there as `skipped`. */
export async function verifyPackage({
  archive,
  provenance,
  ask,
}: PackageToVerify): Promise<readonly Check[]> {
  const file = await checkArchive('package', archive);
  if (file.entries === null) return file.checks;
  const { checks, contents } = await checkContents(file.entries);
  const inside = [...file.checks, ...checks];
  if (contents === null) return inside;
  return [
    ...inside,
    ...(provenance === null
      ? [noProvenance]
      : checkProvenance(provenance, sha256(archive), contents)),
    ...(ask === null ? [notAsked] : await checkImages(contents.containers, ask)),
  ];
}

const noProvenance: Check = {
  name: 'provenance: statement',
  status: 'failed',
  detail: 'there is none for a package of these bytes',
};
const notAsked: Check = {
  name: 'registry',
  status: 'skipped',
  detail: 'the registries were not asked for the images',
};

async function checkContents(
  entries: ReadonlyMap<string, Buffer>,
): Promise<{ readonly checks: readonly Check[]; readonly contents: PackageContents | null }> {
  if (entries.has(applicationDescription)) return checkApplication('package', entries);
  const { check, contents } = checkComponent('package', entries);
  return { checks: [check], contents };
}
