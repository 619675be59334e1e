import { failure } from '../../workflows/contract/failures.ts';
import type { ObjectStore } from '../support/object-store.ts';
import {
  componentDescription,
  parseComponent,
  type ComponentDescription,
} from './component-package.ts';
import { readDescription } from './read-archive.ts';

export type PublishedStore = Pick<ObjectStore, 'get'>;

/**
 * What a component's package says that is published under this key; null where the key is free.
 *
 * Throws `VersionExists` when something else is there, and `StorageUnavailable`.
 */
export async function publishedComponent(
  store: PublishedStore,
  object: string,
): Promise<ComponentDescription | null> {
  const archive = await store.get(object);
  if (archive === null) return null;
  const description = await readDescription(archive, componentDescription, parseComponent);
  if (description !== null) return description;
  throw otherContent(object, ['what is published there is no component package']);
}

/** The failure of a version that is published with other content. */
export function otherContent(what: string, differences: readonly string[]): Error {
  return failure(
    'VersionExists',
    `${what} has been published with other content: ${differences.join('; ')}`,
  );
}

/** Characters: a failure is a payload, and a command may be as long as a definition. */
const maxShown = 200;

/** A fact of the published package beside that of the definition or the build; undefined and null are none. */
export type Fact = readonly [what: string, published: unknown, now: unknown];

/** Those that differ, in words. */
export function differencesOf(name: string, facts: readonly Fact[]): readonly string[] {
  return facts
    .map(([what, from, to]) => ({ what, from: told(from), to: told(to) }))
    .filter(({ from, to }) => from !== to)
    .map(({ what, from, to }) => `${name}: ${what} published ${clipped(from)}, now ${clipped(to)}`);
}

function clipped(text: string): string {
  return text.length <= maxShown ? text : `${text.slice(0, maxShown)}…`;
}

function told(value: unknown): string {
  if (value === undefined || value === null) return 'without it';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
