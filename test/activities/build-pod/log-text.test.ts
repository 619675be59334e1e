import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createLineRedactor,
  createLogTail,
  lastLines,
} from '../../../activities/build-pod/log-text.ts';

function redactAll(chunks: readonly Buffer[]): string {
  const redactor = createLineRedactor();
  return chunks.map((chunk) => redactor.push(chunk)).join('') + redactor.end();
}

function divide(bytes: Buffer, size: number): readonly Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

describe('createLineRedactor', () => {
  it('gives the same text however the bytes are divided', () => {
    const text = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 50 }), (lines, size) => {
        const bytes = Buffer.from(lines.join('\n'));
        expect(redactAll(divide(bytes, size))).toBe(redactAll([bytes]));
      }),
    );
  });

  it.each([1_000, 65_535, 65_536, 65_537, 200_000])(
    'cuts a line without end in the same places: chunks of %i',
    (size) => {
      const bytes = Buffer.from(`${'x'.repeat(150_000)}\n${'y'.repeat(70_000)}\nz`);
      expect(redactAll(divide(bytes, size))).toBe(bytes.toString());
    },
  );

  it('redacts a credential that arrives in two pieces', () => {
    const text = 'GET https://s/x?X-Amz-Signature=cafe failed\n';
    const out = redactAll([Buffer.from(text.slice(0, 30)), Buffer.from(text.slice(30))]);
    expect(out).toBe('GET https://s/x?[redacted] failed\n');
  });

  it('holds a line back until it is whole', () => {
    const redactor = createLineRedactor();
    expect(redactor.push(Buffer.from('one\ntw'))).toBe('one\n');
    expect(redactor.end()).toBe('tw');
  });
});

describe('createLogTail', () => {
  it('knows the last line that is not empty', () => {
    const tail = createLogTail();
    expect(tail.lastLine()).toBeNull();
    tail.append('one\ntwo\n\n');
    expect(tail.lastLine()).toBe('two');
    tail.append('y'.repeat(500));
    expect(tail.lastLine()).toBe('y'.repeat(200));
  });

  it('stays bounded', () => {
    const tail = createLogTail();
    for (let index = 0; index < 10; index += 1) tail.append('x'.repeat(20_000));
    expect(tail.text().length).toBe(64 * 1024);
  });
});

describe('lastLines', () => {
  it.each([
    ['fits', 'a\nb\n', 10, 'a\nb\n'],
    ['whole lines from the end', 'aaaa\nbbbb\ncc\n', 9, 'bbbb\ncc\n'],
    ['no part of a line', 'aaaa\nbbbb\ncc\n', 7, 'cc\n'],
    ['one long line', 'x'.repeat(20), 5, 'xxxxx'],
  ])('%s', (_label, text, limit, expected) => {
    expect(lastLines(text, limit)).toBe(expected);
  });

  it('is at most that long and an end of the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 4, max: 40 }),
        (text, limit) => {
          const end = lastLines(text, limit);
          expect(Buffer.byteLength(end)).toBeLessThanOrEqual(limit);
          expect(text.endsWith(end)).toBe(true);
        },
      ),
    );
  });
});
