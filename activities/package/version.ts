import type { FinishedComponent, FinishedContainer } from '../../workflows/contract/activities.ts';
import { failure } from '../../workflows/contract/failures.ts';
import type { ApplicationContents } from './application-package.ts';
import { canonical, compareText } from '../support/canonical.ts';
import { sha256 } from '../support/digest.ts';
import { finishedContainers } from './finished-containers.ts';

// A version is a path segment of the package's key, and all of it must fit into an image tag, but
// not look like the one that builder Pods push.
const versionPattern = /^(?!in-[0-9a-f]{64}$)[0-9A-Za-z_][0-9A-Za-z.+_-]{0,127}$/;
const tagPattern = /^[0-9A-Za-z_][0-9A-Za-z._-]{0,127}$/;

/**
 * The version of a component: the application's explicit one, else derived from the component's own
 * containers: `0.0.0-g<commit, 10>.i<hash, 8>`, a valid SemVer. The hash covers the input digests
 * and all that the package carries, not what came out of the builds.
 *
 * Throws `InvalidDefinition` for an explicit version that cannot name an object and a tag.
 */
export function componentVersion(explicit: string | null, finished: FinishedComponent): string {
  if (explicit !== null) return checked(explicit);
  const { component } = finished;
  const containers = finishedContainers(finished);
  return derived(
    containers.map(({ finished: { name, commit } }) => [name, commit]),
    {
      type: component.type,
      options: component.options,
      containers: containers.map(({ container, finished: item }) => ({
        name: item.name,
        init: container.init,
        carried: container.carried,
        ...inputsOf(item),
      })),
    },
  );
}

/**
 * The version of a component of which other images of the same inputs are published already: a build
 * that is not reproducible was forced, or its image had gone. What came out of it is in the version,
 * `<derived>.o<hash, 8>`, so that every package keeps a version of its own.
 */
export function versionOfResults(
  derivedVersion: string,
  { containers }: FinishedComponent,
): string {
  const images = containers
    .map(({ name, digest }) => ({ name, digest }))
    .toSorted((a, b) => compareText(a.name, b.name));
  return `${derivedVersion}.o${sha256(JSON.stringify(canonical(images))).slice(0, 8)}`;
}

/**
 * The version of an application: the explicit one, else derived from all containers and from the
 * versions of the components, which stand for what these carry.
 */
export function applicationVersion(input: ApplicationContents): string {
  if (input.application.version !== null) return checked(input.application.version);
  const containers = input.containers
    .map((item) => ({ ...item, path: `${item.component}/${item.name}` }))
    .toSorted((a, b) => compareText(a.path, b.path));
  return derived(
    containers.map(({ path, commit }) => [path, commit]),
    {
      components: input.components
        .map(({ name, version }) => ({ name, version }))
        .toSorted((a, b) => compareText(a.name, b.name)),
      containers: containers.map((item) => ({ path: item.path, ...inputsOf(item) })),
    },
  );
}

/** The version as an image tag: SemVer's `+` is not allowed there, `_` is, and SemVer has no `_`. */
export function versionTag(version: string): string {
  const tag = version.replaceAll('+', '_');
  if (!tagPattern.test(tag)) throw unusable(version);
  return tag;
}

/** An existing image has no inputs: its digest stands for them. */
function inputsOf({
  image,
  digest,
  inputDigest,
}: Pick<FinishedContainer, 'image' | 'digest' | 'inputDigest'>): object {
  return { repository: repositoryOf(image), inputs: inputDigest ?? digest };
}

function repositoryOf(image: string): string {
  return image.slice(0, image.lastIndexOf('@'));
}

function derived(commits: readonly CommitOf[], inputs: unknown): string {
  const hash = sha256(JSON.stringify(canonical(inputs))).slice(0, 8);
  return `0.0.0-g${commitPart(commits)}.i${hash}`;
}

type CommitOf = readonly [container: string, commit: string | null];

/**
 * One commit: its first 10 digits. Several, of several repositories or refs: the first digits of a
 * hash over which container has which. None, with existing images alone: zeros.
 */
function commitPart(commits: readonly CommitOf[]): string {
  const known = commits.filter(([, commit]) => commit !== null);
  const distinct = new Set(known.map(([, commit]) => commit));
  const [only] = distinct;
  if (only === null || only === undefined) return '0'.repeat(10);
  return (distinct.size === 1 ? only : sha256(JSON.stringify(known))).slice(0, 10);
}

function checked(version: string): string {
  if (!versionPattern.test(version)) throw unusable(version);
  return version;
}

function unusable(version: string): Error {
  return failure(
    'InvalidDefinition',
    `spec.version ${JSON.stringify(version)} cannot name a package and an image tag: ` +
      'expected 1 to 128 letters, digits and `.`, `+`, `-`, `_`, the first a letter, digit or `_`, other than in-<64 hex digits>',
  );
}
