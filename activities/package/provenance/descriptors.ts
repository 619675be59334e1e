import { formatImageReference, parseImageReference } from '../../../definition/image-reference.ts';
import { canonical, compareText } from '../../support/canonical.ts';
import type { ResourceDescriptor } from './statement.ts';

/**
 * A commit of a repository as in SPDX's download locations: `git+https://…@<commit>`.
 *
 * @param git as a definition has it: a URL, or `user@host:path`
 */
export function gitUri(git: string, commit: string): string {
  return `git+${urlOf(git)}@${commit}`;
}

function urlOf(git: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(git)) return git;
  const colon = git.indexOf(':');
  return `ssh://${git.slice(0, colon)}/${git.slice(colon + 1).replace(/^\/+/, '')}`;
}

/**
 * An image as a package URL of the type `oci` (purl-spec): `pkg:oci/<last part>@sha256%3A…?repository_url=…`.
 *
 * @param repository any reference that names it, short forms and tags included
 * @param digest `sha256:<hex>`
 */
export function imageUri(repository: string, digest: string): string {
  const full = repositoryOf(repository);
  const name = full.slice(full.lastIndexOf('/') + 1);
  const url = encodeURIComponent(full).replaceAll('%2F', '/').replaceAll('%3A', ':');
  return `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${url}`;
}

/** `<host>/<path>` of any reference; the text itself where it is none. */
export function repositoryOf(image: string): string {
  const parsed = parseImageReference(image);
  if (!parsed.ok) return image;
  return formatImageReference({ ...parsed.reference, tag: null, digest: null });
}

/** The hex digits of `sha256:<hex>`, as a DigestSet. */
export function sha256Of(digest: string): { readonly sha256: string } {
  return { sha256: digest.replace(/^sha256:/, '') };
}

/**
 * One descriptor for each thing: those that differ in the containers alone become one that has all
 * of them. Sorted, so that the order in which containers ended does not show.
 */
export function merged(descriptors: readonly ResourceDescriptor[]): readonly ResourceDescriptor[] {
  const groups = Map.groupBy(descriptors, keyOf);
  return [...groups]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([, [first, ...others]]) => {
      if (first?.annotations === undefined) return first === undefined ? [] : [first];
      const containers = [first, ...others].flatMap(
        ({ annotations }) => annotations?.containers ?? [],
      );
      if (containers.length === 0) return [first];
      const distinct = [...new Set(containers)].toSorted(compareText);
      return [{ ...first, annotations: { ...first.annotations, containers: distinct } }];
    });
}

function keyOf({ annotations, ...rest }: ResourceDescriptor): string {
  const others = { ...annotations, containers: undefined };
  return JSON.stringify(canonical([annotations?.role ?? '', rest, others]));
}
