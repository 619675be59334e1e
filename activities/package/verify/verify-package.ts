import { applicationDescription } from '../application-package.ts';
import { sha256 } from '../../support/digest.ts';
import { checkApplication } from './check-application.ts';
import { checkArchive } from './check-archive.ts';
import { checkComponent } from './check-component.ts';
import { checkImages, type AskRegistry } from './check-images.ts';
import { checkProvenance } from './check-provenance.ts';
import { checkOf, type Check } from './check.ts';
import { objectOf, type PackageContents } from './contents.ts';

export interface PackageToVerify {
  /** The key in the store that it was asked for by; null where nothing says what it has to be. */
  readonly object: string | null;
  /** Of an application or of a component. */
  readonly archive: Buffer;
  /** Text of the in-toto statement; null where there is none. */
  readonly provenance: string | null;
  /** null: the registries are not asked. */
  readonly ask: AskRegistry | null;
}

/** Everything that can be checked of a package; what cannot be is there as `skipped`. */
export async function verifyPackage({
  object,
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
    ...(object === null ? [] : [checkIdentity(object, contents)]),
    ...(provenance === null
      ? [noProvenance]
      : checkProvenance(provenance, sha256(archive), contents)),
    ...(ask === null ? [notAsked] : await checkImages(contents.containers, ask)),
  ];
}

/** A store may answer with another package, which is as good in itself. */
function checkIdentity(object: string, contents: PackageContents): Check {
  const { application, component, version } = contents;
  const found = `${component === null ? '' : `${component} of `}${application} ${version}`;
  const problem = `${object} was asked for, and this is ${found}`;
  return checkOf('package: identity', objectOf(contents) === object ? [] : [problem], found);
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
