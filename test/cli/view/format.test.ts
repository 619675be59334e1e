import fc from 'fast-check';
import stringWidth from 'string-width';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ContainerView } from '../../../cli/view/containers.ts';
import { containerLine, painter, seconds, type Painter } from '../../../cli/view/format.ts';
import type { ContainerStatus } from '../../../workflows/contract/build.ts';
import { textStream } from '../../support/text-stream.ts';

const plain: Painter = (_style, text) => text;
const marked: Painter = (style, text) => `<${String(style)}>${text}</>`;

describe('a duration', () => {
  test.each([
    [0, '0.0 s'],
    [1_234, '1.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [119_400, '1 min 59 s'],
    [119_800, '2 min 0 s'],
    [3_725_000, '62 min 5 s'],
  ])('of %d ms is %s', (milliseconds, text) => {
    expect(seconds(milliseconds)).toBe(text);
  });

  test('is right to half a second, and no minute has 60 of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (milliseconds) => {
        const text = seconds(milliseconds);
        const [, minutes = '0', rest] = /^(?:(\d+) min )?(\d+(?:\.\d)?) s$/.exec(text) ?? [];
        expect(Number(rest)).toBeLessThan(60);
        const told = (Number(minutes) * 60 + Number(rest)) * 1000;
        expect(Math.abs(told - milliseconds)).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe('colours', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each<[string, boolean, Record<string, string>, boolean]>([
    ['on a terminal', true, {}, true],
    ['in a file', false, {}, false],
    ['on a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['in a file with FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ])('%s', (_where, isTTY, environment, coloured) => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS']) {
      vi.stubEnv(name, environment[name]);
    }
    const { stream } = textStream({ isTTY });
    Object.assign(stream, { getColorDepth: () => (environment['NO_COLOR'] === undefined ? 8 : 1) });
    const text = painter(stream)('red', 'failed');
    expect(text).toBe(coloured ? '\u001B[31mfailed\u001B[39m' : 'failed');
  });
});

describe('the line of a container', () => {
  const view = (changes: Partial<ContainerView> = {}): ContainerView => ({
    name: 'api/server',
    status: 'running',
    activity: 'fetching source',
    failed: false,
    done: false,
    lastLogLine: null,
    earlier: [],
    failure: null,
    ...changes,
  });

  test('has name, status and activity in columns', () => {
    const lines = [
      view(),
      view({ name: 'api/db', status: 'cancelled', activity: 'Cancelled' }),
      view({ name: 'web/a', status: 'built', activity: 'sha256:0123' }),
      view({ name: 'web/b', status: 'queued', activity: '' }),
    ].map((container) => containerLine(container, 10, 80, plain));
    expect(lines).toEqual([
      '  api/server  running    fetching source',
      '  api/db      cancelled  Cancelled',
      '  web/a       built      sha256:0123',
      '  web/b       queued',
    ]);
  });

  test.each<[ContainerStatus, string]>([
    ['built', 'green'],
    ['unchanged', 'green'],
    ['existing', 'green'],
    ['failed', 'red'],
    ['cancelled', 'yellow'],
    ['parked', 'yellow'],
    ['running', 'cyan'],
    ['queued', 'gray'],
    ['skipped', 'gray'],
  ])('paints %s %s, and only that', (status, colour) => {
    expect(containerLine(view({ status }), 10, 80, marked)).toBe(
      `  api/server  <${colour}>${status.padEnd(9)}</>  fetching source`,
    );
  });

  test('cuts an activity, and says so, where the line would be wider than the terminal', () => {
    const line = containerLine(view({ activity: 'x'.repeat(100) }), 10, 40, plain);
    expect(line).toHaveLength(40);
    expect(line).toMatch(/ {2}x{14}…$/);
  });

  test('is never wider than the terminal where the name fits, and is whole where all does', () => {
    const word = fc.string({ unit: fc.constantFrom('x', '日', '😀'), maxLength: 100 });
    fc.assert(
      fc.property(fc.nat(120), word, fc.nat(60), (width, activity, nameWidth) => {
        const name = 'n'.repeat(nameWidth);
        const line = containerLine(view({ name, activity }), nameWidth, width, plain);
        const fixed = nameWidth + '    '.length + 'unchanged'.length;
        expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(width, nameWidth + 2));
        expect(line.startsWith(`  ${name}  running`)).toBe(width >= fixed - 2);
        expect(line.endsWith(activity)).toBe(
          activity === '' || fixed + 2 + stringWidth(activity) <= width,
        );
      }),
    );
  });
});
