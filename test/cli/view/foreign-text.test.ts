import { styleText } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logLine, oneLine, plainText, withoutReturns } from '../../../cli/view/foreign-text.ts';
import type { Painter } from '../../../cli/view/format.ts';

const plain: Painter = (_style, text) => text;
const painted: Painter = (style, text) => styleText(style, text, { validateStream: false });

const esc = '\u001B';
const reset = `${esc}[0m`;

/** What is no text: each does something to a terminal, or begins to. */
const sequences: readonly (readonly [string, string])[] = [
  ['moves the cursor', `${esc}[2A`],
  ['clears the line', `${esc}[2K`],
  ['clears the screen', `${esc}[H${esc}[2J`],
  ['hides the cursor', `${esc}[?25l`],
  ['asks the terminal for an answer', `${esc}[6n${esc}[>c`],
  ['names the window', `${esc}]0;a new title\u0007`],
  ['makes a link', `${esc}]8;;https://example.com/${esc}\\`],
  ['writes the clipboard', `${esc}]52;c;cm0gLXJm\u0007`],
  ['is a device’s string', `${esc}P$q"p${esc}\\`],
  ['resets the terminal', `${esc}c`],
  ['chooses a character set', `${esc}(0`],
  ['is eight bits wide', '\u009B2J\u009D0;title\u009C'],
  ['begins and never ends', `${esc}[12;`],
  ['rings, goes back and deletes', '\u0007\b\u007F\u0000'],
];

describe.each(sequences)('what %s', (_what, sequence) => {
  test('is in no text', () => {
    expect(plainText(`one${sequence}\ntwo`)).toBe('one\ntwo');
    expect(oneLine(` one${sequence}\ntwo\t`)).toBe('one two');
  });

  test.each([
    ['coloured', painted],
    ['plain', plain],
  ])('is in no %s line of a log', (_which, paint) => {
    expect(logLine(`before ${sequence}`, paint)).toBe('before ');
  });
});

describe('colours of a log', () => {
  const line = `a ${esc}[1;32mgreen${esc}[38:5:208m ${esc}[2Kword`;

  test('are kept where there are colours, and end with their line', () => {
    expect(logLine(line, painted)).toBe(`a ${esc}[1;32mgreen${esc}[38:5:208m word${reset}`);
    expect(logLine('none', painted)).toBe('none');
  });

  test('are left out where there are none', () => {
    expect(logLine(line, plain)).toBe('a green word');
  });
});

test('a tab stays in a line', () => {
  expect(logLine('a\tb', plain)).toBe('a\tb');
});

test.each([
  ['10%\r50%\r100%', '100%'],
  ['windows\r', 'windows'],
  ['\r', ''],
])('of what draws over itself the last state counts: %j', (line, state) => {
  expect(withoutReturns(line)).toBe(state);
});

describe('whatever is printed', () => {
  const piece = fc.constantFrom(
    esc,
    '[',
    ']',
    '(',
    ';',
    '?',
    '0',
    'm',
    'J',
    '\\',
    '\u0007',
    '\u009B',
    '\u009D',
    '\r',
    '日',
    'a',
    ' ',
  );
  const noise = fc
    .array(fc.oneof(piece, fc.string()), { maxLength: 30 })
    .map((all) => all.join(''));

  test('no control character is left in a text but line breaks and tabs', () => {
    fc.assert(
      fc.property(noise, (text) => {
        expect(plainText(text)).not.toMatch(/(?![\t\n])\p{Cc}/u);
      }),
    );
  });

  test('nothing but colours is left in a line of a log, and the last one is a reset', () => {
    fc.assert(
      fc.property(noise, (text) => {
        const line = logLine(text.replaceAll('\n', ''), painted);
        const found = line.match(new RegExp(`${esc}\\[[\\d;:]*m`, 'g')) ?? [];
        expect(plainText(line)).toBe(found.reduce((rest, one) => rest.replace(one, ''), line));
        expect(found.at(-1) ?? reset).toBe(reset);
      }),
    );
  });

  test('text without control characters stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/\p{Cc}/u.test(text));
        expect(plainText(text)).toBe(text);
        expect(logLine(text, painted)).toBe(text);
      }),
    );
  });
});
