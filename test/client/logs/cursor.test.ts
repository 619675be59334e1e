import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, type Position } from '../../../client/logs/cursor.ts';
import { LogNotFound } from '../../../client/errors.ts';

const number = fc.nat({ max: 1_000_000 });
const position = fc.record<Position>({
  generation: number,
  part: fc.option(number),
  bytes: number,
});
const path = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}\/[a-z][a-z0-9-]{0,20}$/);
const positions = fc.array(fc.tuple(path, position)).map((entries) => new Map(entries));

test('a cursor is the positions that it was made of, and fits a URL and a command line', () => {
  fc.assert(
    fc.property(positions, (at) => {
      const cursor = encodeCursor('shop/k1', at);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor('shop/k1', cursor)).toEqual(at);
    }),
  );
});

test('a cursor of another build is refused', () => {
  const cursor = encodeCursor('shop/k1', new Map());
  expect(() => decodeCursor('shop/k2', cursor)).toThrow(LogNotFound);
});

test.each([
  '',
  'cursor',
  Buffer.from('null').toString('base64url'),
  Buffer.from('{"build":"shop/k1"}').toString('base64url'),
  Buffer.from('{"build":"shop/k1","at":{"a/b":[0,0,-1]}}').toString('base64url'),
  Buffer.from('{"build":"shop/k1","at":{"a/b":[0,"1",0]}}').toString('base64url'),
  Buffer.from('{"build":"shop/k1","at":{"a/b":[0,0]}}').toString('base64url'),
])('%j is no cursor', (cursor) => {
  expect(() => decodeCursor('shop/k1', cursor)).toThrow(LogNotFound);
});

test('no text breaks the parser', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor('shop/k1', text)).toThrow(LogNotFound);
    }),
  );
});
