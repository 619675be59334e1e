import { sumsPath } from './archive.ts';
import { readEntry } from './read-archive.ts';

/** How to read the images out of one kind of package. */
export interface DescriptionFormat {
  /** The entry that describes the package. */
  readonly path: string;
  /** Images by container; throws when the text is no such description. */
  readonly images: (description: string) => ReadonlyMap<string, string>;
}

// The text becomes a failure's message, which workflows carry.
const mostListed = 10;

/**
 * What a person has to know of two packages with different bytes: the images that differ, else the
 * entries that do. `published` may be anything: someone else can have put it there.
 */
export async function packageDifference(
  published: Buffer,
  built: Buffer,
  format: DescriptionFormat,
): Promise<string> {
  try {
    const images = changes(
      format.images(await text(published, format.path)),
      format.images(await text(built, format.path)),
    );
    if (images.length > 0) return listed(images.map(tell), '; ');
    const entries = changes(
      sumsByPath(await text(published, sumsPath)),
      sumsByPath(await text(built, sumsPath)),
    );
    if (entries.length === 0) return 'the archives hold the same entries in other bytes';
    const names = entries.map(({ name }) => name);
    return `the images are the same, these entries differ: ${listed(names, ', ')}`;
  } catch {
    return 'what is published there is no package of this kind';
  }
}

function listed(items: readonly string[], separator: string): string {
  const shown = items.slice(0, mostListed);
  const more = items.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}

interface Change {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function changes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly Change[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, before: before.get(name), after: after.get(name) }))
    .filter((change) => change.before !== change.after);
}

function tell({ name, before, after }: Change): string {
  return `${name}: published ${before ?? 'without it'}, now ${after ?? 'without it'}`;
}

async function text(archive: Buffer, path: string): Promise<string> {
  const entry = await readEntry(archive, path);
  if (entry === null) throw new Error(`no entry ${path}`);
  return entry.toString('utf8');
}

function sumsByPath(sums: string): ReadonlyMap<string, string> {
  const lines = sums.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}
