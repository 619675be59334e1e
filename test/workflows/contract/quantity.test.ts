import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, doubled } from '../../../workflows/contract/quantity.ts';

describe('a quantity', () => {
  test.each([
    ['1073741824', 1_073_741_824],
    ['512Mi', 536_870_912],
    ['0.5Gi', 536_870_912],
    ['.5Gi', 536_870_912],
    ['1.Ki', 1024],
    ['500M', 500_000_000],
    ['2k', 2000],
    ['1e9', 1_000_000_000],
    ['1.5E3', 1500],
    ['12e-1', 2],
    ['1500m', 2],
    ['2Pi', 2 * 1024 ** 5],
    [' 1Gi ', 1_073_741_824],
  ])('%s is %d bytes', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
  });

  test.each(['', '1 Gi', '1gi', '1K', 'Gi', '-1Gi', '1GiB', '1e', '0x10', '9000Pi', '1.2.3'])(
    '%j is none',
    (text) => {
      expect(bytesOf(text)).toBeNull();
    },
  );
});

describe('twice a limit', () => {
  test.each([
    ['512Mi', '8Gi', '1Gi'],
    ['768Mi', '8Gi', '1536Mi'],
    ['0.5Gi', '8Gi', '1Gi'],
    ['500M', '8Gi', '1G'],
    ['1e9', '8Gi', '2G'],
    ['536870912', '8Gi', '1Gi'],
    ['1000000000', '8Gi', '1953125Ki'],
    ['4Gi', '8Gi', '8Gi'],
    ['6Gi', '8Gi', '8Gi'],
    ['8Gi', '8Gi', null],
    ['16Gi', '8Gi', null],
    ['1Gi', null, '2Gi'],
    ['0', '8Gi', null],
    ['lots', '8Gi', null],
    ['1Gi', 'lots', null],
    ['6Pi', null, null],
  ])('of %s below %s is %s', (limit, ceiling, expected) => {
    expect(doubled(limit, ceiling)).toBe(expected);
  });

  test('is exact, stays below the ceiling and comes to an end', () => {
    const unit = fc.constantFrom('', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), unit, (number, suffix) => {
        const ceiling = '64Gi';
        const most = bytesOf(ceiling) ?? 0;
        let limit = `${number}${suffix}`;
        for (let turns = 0; ; turns++) {
          expect(turns).toBeLessThan(40);
          const next = doubled(limit, ceiling);
          if (next === null) break;
          expect(bytesOf(next)).toBe(Math.min((bytesOf(limit) ?? 0) * 2, most));
          limit = next;
        }
        expect(bytesOf(limit)).toBeGreaterThanOrEqual(most);
      }),
    );
  });
});
