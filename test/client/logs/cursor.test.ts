import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor, type Position } from '../../../client/logs/cursor.ts';
import { LogNotFound } from '../../../client/errors.ts';

const build = 'shop/k1';
const number = fc.nat({ max: 1_000_000 });
const position = fc.record<Position>({
  generation: number,
  part: fc.option(number),
  bytes: number,
});
const paths = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}\/[a-z][a-z0-9-]{0,20}$/));
/** Containers of a build, with what has been read of some of them. */
const reading = paths.chain((all) =>
  fc.record({
    all: fc.constant(all),
    positions: fc
      .subarray(all)
      .chain((begun) => fc.tuple(...begun.map((path) => fc.tuple(fc.constant(path), position))))
      .map((entries) => new Map(entries)),
    finished: fc.subarray(all).map((some) => new Set(some)),
  }),
);

test('a cursor is what it was made of, in any order, and fits a URL and a command line', () => {
  fc.assert(
    fc.property(reading, ({ all, positions, finished }) => {
      const cursor = encodeCursor(build, all, { positions, finished });
      expect(cursor).toMatch(/^[0-9a-f][0-9a-z.-]*$/);
      expect(decodeCursor(build, all.toReversed(), cursor)).toEqual({ positions, finished });
    }),
  );
});

test('a cursor of 200 containers of which four are being read is short', () => {
  const all = Array.from(
    { length: 200 },
    (_, index) => `component-${index % 20}/container-${index}`,
  );
  const read = { generation: 1, part: 150, bytes: 38_000_000 };
  const positions = new Map(all.slice(150, 154).map((path) => [path, read]));
  const finished = new Set(all.slice(0, 150));
  expect(encodeCursor(build, all, { positions, finished }).length).toBeLessThan(150);
});

describe('a cursor of other logs is refused', () => {
  const cursor = encodeCursor(build, ['api/server'], { positions: new Map(), finished: new Set() });

  test.each([
    ['another build', 'shop/k2', ['api/server']],
    ['other containers', build, ['api/server', 'api/db']],
    ['a container of another name', build, ['api/sever']],
  ])('of %s', (_which, id, all) => {
    expect(() => decodeCursor(id, all, cursor)).toThrow(LogNotFound);
  });
});

test.each([
  '',
  '.',
  'x',
  '.2',
  '.0.1-0-0-0',
  '.0.0-0-0',
  '.0.0-0-0--1',
  '.0.0-0-0-0 ',
  '.0.0-zzzzzzzzzzzz-0-0',
])('what follows the right beginning is no cursor: %j', (rest) => {
  const all = ['api/server'];
  const start = encodeCursor(build, all, { positions: new Map(), finished: new Set() });
  expect(start).toMatch(/^[0-9a-f]{12}\.0$/);
  expect(() => decodeCursor(build, all, `${start.slice(0, 12)}${rest}`)).toThrow(LogNotFound);
});

test('no text breaks the parser', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor(build, ['a/b'], text)).toThrow(LogNotFound);
    }),
  );
});
