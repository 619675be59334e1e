import type { ContainerIdentity } from '../../workflows/contract/activities.ts';
import type { BuiltContainer, CarriedFields } from '../../workflows/contract/application.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { componentObject } from '../../workflows/contract/objects.ts';
import type { ObjectStore } from '../support/object-store.ts';
import {
  componentDescription,
  parseComponent,
  type ComponentDescription,
} from './component-package.ts';
import { readEntry } from './read-archive.ts';

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
 * Finds before the first Pod that an explicit version is published with other content: of this
 * container, because the others have their own look, and a component's own fields are compared
 * when it is published. The same inputs go on: their image is that version's, or will be it again.
 *
 * Throws `VersionExists`, naming what differs, and `StorageUnavailable`.
 */
export async function refusePublishedVersion(
  store: Pick<ObjectStore, 'size' | 'get'>,
  rendered: RenderedInputs,
): Promise<void> {
  const { application, component, version } = rendered.identity;
  if (version === null) return;
  const object = componentObject(application, component, version);
  if ((await store.size(object)) === null) return;
  const published = await readDescription(await store.get(object));
  const differences =
    published === null
      ? ['what is published there is no component package']
      : containerDifferences(published, rendered);
  if (differences.length === 0) return;
  throw failure(
    'VersionExists',
    `${object} has been published with other content: ${differences.join('; ')}`,
  );
}

async function readDescription(archive: Buffer): Promise<ComponentDescription | null> {
  try {
    const text = await readEntry(archive, componentDescription);
    return text === null ? null : parseComponent(text.toString('utf8'));
  } catch {
    // Someone else can have put anything there; whatever it is, it is not this version.
    return null;
  }
}

/** Characters. */
const maxShown = 200;

const carriedFields = [
  'command',
  'args',
  'env',
  'ports',
] as const satisfies readonly (keyof CarriedFields)[];

function containerDifferences(
  published: ComponentDescription,
  { container, commit, inputDigest, unchanged }: RenderedInputs,
): readonly string[] {
  const { name } = container;
  const peers = container.init ? published.initContainers : published.containers;
  const before = peers.find((candidate) => candidate.name === name);
  if (before === undefined) {
    const kind = container.init ? 'init container' : 'container';
    return [`${name}: published without this ${kind}`];
  }
  const repository = before.image.slice(0, before.image.lastIndexOf('@'));
  const facts: readonly (readonly [what: string, published: unknown, now: unknown])[] = [
    ['input digest', before.inputDigest, inputDigest],
    ['commit', before.commit, commit],
    ['repository', repository, container.repository],
    // What a build is going to give is not known yet.
    ['image', before.digest, unchanged ?? before.digest],
    ...carriedFields.map((field) => [field, before[field], container.carried[field]] as const),
  ];
  return facts
    .map(([what, from, to]) => ({ what, from: told(from), to: told(to) }))
    .filter(({ from, to }) => from !== to)
    .map(({ what, from, to }) => `${name}: ${what} published ${clipped(from)}, now ${clipped(to)}`);
}

/** A failure is a payload, and a command may be as long as a definition. */
function clipped(text: string): string {
  return text.length <= maxShown ? text : `${text.slice(0, maxShown)}…`;
}

function told(value: unknown): string {
  if (value === undefined || value === null) return 'without it';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
