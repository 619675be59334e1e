import { styleText } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Painter } from '../../../cli/view/format.ts';
import { logLines } from '../../../cli/view/log-lines.ts';

const plain: Painter = (_style, text) => text;
const chunk = (container: string, text: string, attempt = 0) => ({
  component: 'api',
  container,
  attempt,
  text,
});

describe('lines of several containers', () => {
  test('have their container’s name before them, in one column', () => {
    const lines = logLines(['api/server', 'api/db'], plain);
    expect(lines.push(chunk('server', 'one\ntwo\n'))).toBe('api/server | one\napi/server | two\n');
    expect(lines.push(chunk('db', 'three\n'))).toBe('api/db     | three\n');
  });

  test('name the attempt after the first one', () => {
    const lines = logLines(['api/server', 'api/db'], plain);
    expect(lines.push(chunk('db', 'again\n', 2))).toBe('api/db#2   | again\n');
  });

  test('are printed when they are whole', () => {
    const lines = logLines(['api/server', 'api/db'], plain);
    expect(lines.push(chunk('server', 'half '))).toBe('');
    expect(lines.push(chunk('db', 'other\n'))).toBe('api/db     | other\n');
    expect(lines.push(chunk('server', 'and half\nrest'))).toBe('api/server | half and half\n');
    expect(lines.end()).toBe('api/server | rest\n');
    expect(lines.end()).toBe('');
  });

  test('of an attempt that was cut off come before the next one’s', () => {
    const lines = logLines(['api/server', 'api/db'], plain);
    lines.push(chunk('server', 'cut'));
    expect(lines.push(chunk('server', 'again\n', 1))).toBe(
      'api/server | cut\napi/server#1 | again\n',
    );
  });

  test('have the colour of their container', () => {
    const painted: Painter = (style, text) => `<${String(style)}>${text}</>`;
    const names = ['api/a', 'api/b'];
    const lines = logLines(names, painted);
    const colors = names.map(
      (name) => /^<(\w+)>/.exec(lines.push(chunk(name.slice(4), 'x\n')))?.[1],
    );
    expect(new Set(colors).size).toBe(2);
  });
});

test('lines of one container alone are as they came', () => {
  const lines = logLines(['api/server'], plain);
  expect(lines.push(chunk('server', 'one\n\n  two\n'))).toBe('one\n\n  two\n');
});

describe('a builder’s own colours', () => {
  const esc = '\u001B';
  const red = `${esc}[31mred\n${esc}[2Astill`;

  test('end with their line, and do nothing else to a terminal', () => {
    const painted: Painter = (style, text) => styleText(style, text, { validateStream: false });
    const lines = logLines(['api/server'], painted);
    expect(lines.push(chunk('server', red))).toBe(`${esc}[31mred${esc}[0m\n`);
    expect(lines.end()).toBe('still\n');
  });

  test('are left out where there are none', () => {
    const lines = logLines(['api/server'], plain);
    expect(lines.push(chunk('server', red)) + lines.end()).toBe('red\nstill\n');
  });
});

test.each([
  ['10%\r50%\r100%\n', '100%\n'],
  ['windows\r\n', 'windows\n'],
  ['\r\n', '\n'],
])('of what draws over itself the last state counts: %j', (text, printed) => {
  expect(logLines(['api/server'], plain).push(chunk('server', text))).toBe(printed);
});

test('nothing is lost, doubled or mixed, however the pieces are cut', () => {
  const line = fc.stringMatching(/^[ -~]{0,12}$/);
  const logs = fc.tuple(fc.array(line), fc.array(line));
  const cuts = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 1, max: 9 })));
  fc.assert(
    fc.property(logs, cuts, (texts, order) => {
      const names = ['api/a', 'api/b'];
      const rest = texts.map((one) => one.map((text) => `${text}\n`).join(''));
      const lines = logLines(names, plain);
      let printed = '';
      const take = (index: number, length: number): void => {
        const text = (rest[index] ?? '').slice(0, length);
        rest[index] = (rest[index] ?? '').slice(length);
        printed += lines.push(chunk('ab'.charAt(index), text));
      };
      for (const [index, length] of order) take(index, length);
      for (const index of [0, 1]) take(index, Infinity);
      printed += lines.end();
      for (const [index, name] of names.entries()) {
        const own = printed.split('\n').filter((text) => text.startsWith(`${name} | `));
        expect(own).toEqual((texts[index] ?? []).map((text) => `${name} | ${text}`));
      }
    }),
  );
});
