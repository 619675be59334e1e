import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LogNotFound } from '../errors.ts';

/** How far one container's log has been read. */
export interface Position {
  /** Number of the attempt. */
  readonly generation: number;
  /** Number of the next part; null when the joined object is being read. */
  readonly part: number | null;
  /** Bytes of the attempt's log that have been read. */
  readonly bytes: number;
}

/** How far the logs of a build have been read; what nobody has begun to read is in neither. */
export interface Reached {
  /** By `<component>/<container>`. */
  readonly positions: ReadonlyMap<string, Position>;
  /** `<component>/<container>` of those whose logs were read to their end, and get no more. */
  readonly finished: ReadonlySet<string>;
}

/**
 * A short opaque text that a URL and a command line take: a check of what it is a place in, the
 * finished containers as bits, and the others' positions by their number among all.
 *
 * @param paths `<component>/<container>` of all containers of the build, in any order
 */
export function encodeCursor(
  build: string,
  paths: readonly string[],
  { positions, finished }: Reached,
): string {
  const sorted = paths.toSorted();
  let bits = 0n;
  for (const [index, path] of sorted.entries()) if (finished.has(path)) bits |= 1n << BigInt(index);
  const places = sorted.flatMap((path, index) => {
    const position = positions.get(path);
    if (position === undefined) return [];
    const { generation, part, bytes } = position;
    const numbers = [index, generation, part, bytes];
    return [numbers.map((number) => number?.toString(36) ?? '').join('-')];
  });
  return [checkOf(build, sorted), bits.toString(16), ...places].join('.');
}

const count = z.int().nonnegative();
const Place = z.tuple([count, count, count.nullable(), count]);
const form = /^[0-9a-f]{12}\.[0-9a-f]+(?:\.[0-9a-z]+-[0-9a-z]+-[0-9a-z]*-[0-9a-z]+)*$/;

/** @throws LogNotFound when the text is no cursor of this build's logs */
export function decodeCursor(
  build: string,
  paths: readonly string[],
  cursor: string,
): { readonly positions: Map<string, Position>; readonly finished: Set<string> } {
  const sorted = paths.toSorted();
  const [check = '', hex = '', ...places] = form.test(cursor) ? cursor.split('.') : [];
  const bits = hex === '' ? 0n : BigInt(`0x${hex}`);
  const read = places.map((place) => readPlace(place, sorted));
  const isWrong = check !== checkOf(build, sorted) || bits >> BigInt(sorted.length) > 0n;
  if (isWrong || !read.every((one) => one !== null)) {
    throw new LogNotFound(
      `the cursor does not name a place in the logs of ${build}; expected one that came with them`,
    );
  }
  return {
    positions: new Map(read),
    finished: new Set(sorted.filter((_, index) => ((bits >> BigInt(index)) & 1n) === 1n)),
  };
}

function readPlace(place: string, sorted: readonly string[]): [string, Position] | null {
  const digits = place.split('-');
  const { data } = Place.safeParse(digits.map((text) => (text === '' ? null : parseInt(text, 36))));
  if (data === undefined) return null;
  const [index, generation, part, bytes] = data;
  const path = sorted[index];
  return path === undefined ? null : [path, { generation, part, bytes }];
}

/** Of the build and its containers: a place among others would be another place. */
function checkOf(build: string, sorted: readonly string[]): string {
  const text = JSON.stringify([build, ...sorted]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
