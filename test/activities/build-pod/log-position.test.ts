import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogPosition } from '../../../activities/build-pod/log-position.ts';

/** Bytes in pieces, cut anywhere. */
const pieces = fc.array(fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)));

describe('a log that is read again', () => {
  it('gives each byte once, wherever it broke off and however it is cut', () => {
    fc.assert(
      fc.property(pieces, fc.nat(), fc.integer({ min: 1, max: 5 }), (all, cut, size) => {
        const position = createLogPosition();
        const text = Buffer.concat(all);
        const end = cut % (text.length + 1);
        const read = [position.reopened().next(text.subarray(0, end))];
        const again = position.reopened();
        for (let at = 0; at < text.length; at += size) {
          read.push(again.next(text.subarray(at, at + size)));
        }
        expect(read).not.toContain('other text');
        expect(Buffer.concat(read as Buffer[]).equals(text)).toBe(true);
        expect(again.isBehind()).toBe(false);
      }),
    );
  });

  it.each([
    ['begins otherwise', 'ONE\ntwo\n', 'other text', false],
    ['is shorter', 'one\n', '', true],
  ])('is known for another one when it %s', (_, text, next, isBehind) => {
    const position = createLogPosition();
    position.reopened().next(Buffer.from('one\ntwo\n'));
    const again = position.reopened();
    expect(again.next(Buffer.from(text)).toString()).toBe(next);
    expect(again.isBehind()).toBe(isBehind);
    position.startAnew();
    expect(position.reopened().next(Buffer.from(text)).toString()).toBe(text);
  });
});
