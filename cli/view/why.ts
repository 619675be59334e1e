import type { ContainerVerdict, InputChange } from '../../workflows/contract/build.ts';
import { oneLine } from './foreign-text.ts';

/** Why a container is built, in a few words: `commit, base image debian:12`. */
export function shortWhy(why: ContainerVerdict | undefined): string {
  if (why === undefined) return '';
  return [...new Set(why.changes.map(named))].join(', ');
}

/** Why a container is built, a line for each change, with old and new values. */
export function longWhy({ changes }: ContainerVerdict): readonly string[] {
  return changes.map((change) => {
    const values = valuesOf(change);
    return values === '' ? sentence(change) : `${named(change)}: ${values}`;
  });
}

/** What the words mean that have no old and new value and do not speak for themselves. */
const meanings: Partial<Readonly<Record<InputChange['what'], string>>> = {
  new: 'no earlier build of it is known',
  missing: 'the registry has no image of these inputs any more',
  forced: 'asked for with --force',
  uncacheable: 'its Dockerfile adds a URL without a checksum',
};

function sentence(change: InputChange): string {
  const meaning = meanings[change.what];
  return meaning === undefined ? named(change) : `${named(change)}: ${meaning}`;
}

function named({ what, name }: InputChange): string {
  return name === undefined ? what : `${what} ${oneLine(name)}`;
}

function valuesOf({ from, to }: InputChange): string {
  if (from === null && to === null) return '';
  return `${from === null ? 'none' : shortValue(from)} → ${to === null ? 'none' : shortValue(to)}`;
}

const shownCharacters = 60;

/** Digests and commits by their first digits, in place of a line full of them. */
function shortValue(value: string): string {
  const short = oneLine(value).replaceAll(/\b([0-9a-f]{12})[0-9a-f]{28,52}\b/g, '$1');
  return short.length <= shownCharacters ? short : `${short.slice(0, shownCharacters - 1)}…`;
}
