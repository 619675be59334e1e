import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { cut } from '../../../cli/view/columns.ts';

describe('a text in a column', () => {
  test.each([
    ['fits', 4, 'fits'],
    ['fits not', 4, 'fit…'],
    ['日本語', 6, '日本語'],
    // Half of a wide character cannot be shown.
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['👩‍👩‍👧 and a cafe\u0301', 3, '👩‍👩‍👧…'],
    ['cafe\u0301s', 5, 'cafe\u0301s'],
    ['cafe\u0301s', 4, 'caf…'],
    ['no room', 1, '…'],
    ['no room', 0, ''],
    ['no room', -3, ''],
    ['', 0, ''],
  ])('%j in %d is %j', (text, columns, shown) => {
    expect(cut(text, columns)).toBe(shown);
  });

  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', '日', '각', 'é', '😀', '👩‍👩‍👧', '\u200D', '\u0301'),
      fc.string(),
    ),
  });

  test('takes no more columns than there are, and is whole where it fits', () => {
    fc.assert(
      fc.property(text, fc.nat(40), (whole, columns) => {
        const shown = cut(whole, columns);
        expect(stringWidth(shown)).toBeLessThanOrEqual(columns);
        expect(shown === whole).toBe(stringWidth(whole) <= columns);
      }),
    );
  });
});
