import type { ContainerIdentity } from '../../workflows/contract/activities.ts';
import type { BuiltContainer, ExistingContainer } from '../../workflows/contract/application.ts';
import { componentObject } from '../../workflows/contract/objects.ts';
import { describedContainers } from './component-package.ts';
import {
  differencesOf,
  otherContent,
  publishedComponent,
  type Fact,
  type PublishedStore,
} from './published-component.ts';

/** A container whose inputs are known, before anything is built of them. */
export interface RenderedInputs {
  readonly identity: ContainerIdentity;
  readonly container: BuiltContainer;
  readonly commit: string;
  readonly inputDigest: string;
  /** Digest of the image that is there already; null: it is built now. */
  readonly unchanged: string | null;
}

/**
 * Finds before the Pod that an explicit version is published with other inputs of this container;
 * what the definition alone says has been compared before (see `check-version.ts`). The same inputs
 * go on: their image is that version's, or will be it again.
 *
 * Throws `VersionExists`, naming what differs, and `StorageUnavailable`.
 */
export async function refusePublishedVersion(
  store: PublishedStore,
  { identity, container, commit, inputDigest, unchanged }: RenderedInputs,
): Promise<void> {
  await refuse(store, identity, container.name, ({ image, ...published }) => [
    ['input digest', published.inputDigest, inputDigest],
    ['commit', published.commit, commit],
    ['repository', image.slice(0, image.lastIndexOf('@')), container.repository],
    // What a build is going to give is not known yet.
    ['image', published.digest, unchanged ?? published.digest],
  ]);
}

/**
 * As `refusePublishedVersion`, for an image that is not built: its tag may have moved.
 *
 * @param image `repository@sha256:…` that the container's reference names now
 */
export async function refuseMovedImage(
  store: PublishedStore,
  {
    identity,
    container,
    image,
  }: {
    readonly identity: ContainerIdentity;
    readonly container: ExistingContainer;
    readonly image: string;
  },
): Promise<void> {
  await refuse(store, identity, container.name, (published) => [['image', published.image, image]]);
}

/** A container as it is published. */
interface Published {
  readonly image: string;
  readonly digest: string;
  readonly commit: string | null;
  readonly inputDigest: string | null;
}

async function refuse(
  store: PublishedStore,
  { application, component, version }: ContainerIdentity,
  name: string,
  facts: (published: Published) => readonly Fact[],
): Promise<void> {
  if (version === null) return;
  const object = componentObject(application, component, version);
  const published = await publishedComponent(store, object);
  if (published === null) return;
  const before = describedContainers(published).find((candidate) => candidate.name === name);
  const differences =
    before === undefined
      ? [`${name}: published without this container`]
      : differencesOf(name, facts(before));
  if (differences.length > 0) throw otherContent(object, differences);
}
