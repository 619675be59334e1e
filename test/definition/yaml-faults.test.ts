import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../definition/document.ts';
import { definition, problems } from './definitions.ts';

/** What is refused, one line each: `line:column: message; expected …`. */
function refusals(text: string): readonly string[] {
  const read = readYaml(text);
  if (read.ok) return [];
  return read.findings.map(
    ({ line, column, message, expected }) => `${line}:${column}: ${message}; expected ${expected}`,
  );
}

const alias = 'a value that begins with `*` is read as a YAML alias';
const nothingAround = 'this line is indented like nothing around it';
const deeper = 'this line is indented deeper than the field before it, which has its value already';
const sideBySide = 'items of a list and fields of a mapping stand side by side';
const secondColon = 'this value has another `: ` in it';

describe('one mistake in the YAML is one problem, where it is to be mended', () => {
  it.each([
    ['a tab', 'a:\n\tb: c', '2:1: a tab indents this line'],
    ['tabs', 'a:\n \t- b: c\n \t  d: e\nf:\n\tg: h', '2:2: a tab indents this line, and 2 more'],
    ['a tab within braces', 'a: {\n\tb: c\n}', '2:1: a tab indents this line'],
    [
      'a merge conflict',
      'a: b\n<<<<<<< HEAD\nc: d\n=======\nc: e\n>>>>>>> x\n',
      '2:1: a merge conflict begins here',
    ],
    ['a quote', 'a: "b\nc: d\ne: f', '1:4: the quote `"` is not closed'],
    ['a quote in braces', "- { a: 'b, c: d }\n- { e: f }", "1:8: the quote `'` is not closed"],
    [
      'a quote that another one closes',
      '- { a: "b,\n    c: "d", e: "f" }',
      '1:8: the quote `"` is closed 1 line further down',
    ],
    ['a quote within quotes', "a: 'it's'", "1:8: `s'` stands behind the closing quote"],
    ['a brace', 'a:\n  - { b: c\n  - { d: e }', '2:5: `{` is not closed'],
    ['a bracket', 'a: [b, c\nd: e', '1:4: `[` is not closed'],
    ['the outer brace', '{ a: { b: c }', '1:1: `{` is not closed'],
    ['a brace that closes nothing', 'a: { b: c }}', '1:12: `}` closes nothing'],
    ['a variable in braces', 'a: { b: ${C}, d: [${E}] }', '1:10: `{` stands within a value'],
    ['a Go template', 'a: { b: {{ .c }} }', '1:10: a mapping or a list is no name of a field'],
    ['a comma too many', '{"a": 1,,}', '1:9: there is a comma too many'],
    ['a comma that is missing', 'a: [b]\nc: { d: [e] f: g }', '2:13: a comma is missing here'],
    ['a second colon', 'a: b: c', `1:4: ${secondColon}`],
    ['a second colon in braces', 'a: { b: http://c: d }', `1:9: ${secondColon}`],
    ['no colon', 'a:\n  - b c\n    d: e', '2:5: `b c` is no field: it has no colon'],
    ['no colon at the end', 'a: b\nc', '2:1: `c` is no field: it has no colon'],
    ['no space after a colon', 'a:b\nc: d', '1:1: there is no space after the colon of `a`'],
    ['no space after a dash', 'a:\n  -b: c\n   d: e', '2:3: there is no space after the dash'],
    ['no space after a second dash', 'a:\n  - b\n  -c', '3:3: there is no space after the dash'],
    ['a field too deep', 'a: b\n  c: d\ne: f', `2:3: ${deeper}`],
    ['a field not deep enough', 'a:\n  - b: c\n  d: e', `3:3: ${nothingAround}`],
    ['a field between', 'a:\n    b: c\n  d: e', `3:3: ${nothingAround}`],
    [
      'an item beside its field',
      'a: - b\n   - c',
      '1:4: an item of a list cannot begin on the line of its field',
    ],
    ['a list in a mapping', 'a:\n- b\nc: d\n- e', `4:1: ${sideBySide}`],
    ['a mapping in a list', '- a\nb: c', `2:1: ${sideBySide}`],
    ['a glob', 'a: */5 * * * *', `1:4: ${alias}`],
    ['stars', 'a: { b: c, cron: * * * * * }', `1:18: ${alias}`],
    ['an alias for a name', '*a : b', `1:1: ${alias}`],
    [
      'an alias without anchor',
      'a: b\nc: [*d]',
      '2:5: no anchor `&d` stands before its alias `*d`',
    ],
    [
      'an alias before its anchor',
      'a: *b\nc: &b d',
      '1:4: no anchor `&b` stands before its alias `*b`',
    ],
    [
      'a merge key',
      'a: &a { b: c }\nd: { <<: *a }',
      '2:6: merge keys are not supported: YAML 1.2 has none',
    ],
    [
      'a no-break space',
      'a:\n\u00A0 b: c',
      '2:1: the name of this field has U+00A0 in it, which is no space to YAML',
    ],
    [
      'a zero-width space',
      'a: b\nc\u200Bd: e',
      '2:2: the name of this field has U+200B in it, which is no space to YAML',
    ],
    ['a tag', 'a: !!js/function x', '1:4: there is no tag `!!js/function`'],
    ['a list for a name', '? [a]\n: b', '1:3: a mapping or a list is no name of a field'],
    ['an escape of Windows', 'a: "b\\services"', '1:6: `\\s` means nothing in double quotes'],
    ['a block header', 'a: >=1.0', '1:4: a value cannot begin with ">" without quotes'],
    ['an at sign', 'a: @b/c', '1:4: a value cannot begin with "@" without quotes'],
    ['UTF-16', '\uFFFD\uFFFDa\0:\0 \0b\0', '1:1: there are bytes here that are no UTF-8'],
    ['Latin-1', 'a: b\nc: "d\uFFFDe"', '2:6: there are bytes here that are no UTF-8'],
  ])('%s: %j', (_what, text, refusal) => {
    for (const ending of ['\n', '\r\n']) {
      const found = refusals(text.replaceAll('\n', ending));
      expect(found).toEqual([expect.stringMatching(/.*; expected ./)]);
      expect(found[0]?.split('; expected ')[0]).toBe(refusal);
    }
  });

  it('two mistakes that have nothing to do with each other are both told', () => {
    expect(
      refusals('a: @b\nc: `d`\nc: e\nf: "\\q"').map((line) => line.split(':', 2).join(':')),
    ).toEqual(['1:4', '2:4', '3:1', '4:5']);
  });

  it('a field that is there twice is told with the line of the first', () => {
    expect(refusals('a:\n  b: c\n  d: e\n  b: f')).toEqual([
      '4:3: `b` is there already, in line 2; expected every field once',
    ]);
  });

  it('the place of aliases that multiply is the last of them', () => {
    const layers = ['a0: &a0 [x, x]'];
    for (let layer = 1; layer < 10; layer += 1) {
      layers.push(`a${layer}: &a${layer} [*a${layer - 1}, *a${layer - 1}]`);
    }
    expect(refusals(layers.join('\n'))).toEqual([
      '10:15: the aliases up to this one stand for too much; expected at most 100 values by way of one anchor',
    ]);
  });

  it.each(['# caf\uFFFD\na: b', 'a: "<<"', '"<<": a', 'a: "*b"', '\uFEFFa: b', "a: 'b\\c'"])(
    'none is seen in %j',
    (text) => expect(refusals(text)).toEqual([]),
  );

  it('every line of the definition may be broken off, and is told once', () => {
    const text = definition('{ name: c, tags: ["a", b], buildArgs: { A: "b: c" } }', '{ name: d }');
    fc.assert(
      fc.property(fc.nat(text.length - 1), (end) => {
        const found = refusals(text.slice(0, end));
        expect(found.length).toBeLessThanOrEqual(1);
        expect(found.join()).not.toContain('the YAML is not valid');
      }),
    );
  });
});

it('whatever is put into a definition, its problems have places in the text', () => {
  const text = definition('{ name: c, tags: ["a", b], context: *x }', "{ name: d, target: 'e' }");
  const piece = fc.constantFrom(
    ...'{ } [ ] : , " \' * & ! | > % @ ` ? # - \t \n \\ \uFFFD'.split(' '),
    ': ',
    '- ',
    '\n ',
    '<<: ',
    '---\n',
  );
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(3), piece, (at, removed, added) => {
      const broken = text.slice(0, at) + added + text.slice(at + removed);
      const lines = broken.split('\n');
      for (const { line, column, message, expected } of problems(broken)) {
        expect(column).toBeGreaterThan(0);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        expect(`${message}; ${expected}`).not.toMatch(/undefined|NaN/);
      }
    }),
    { numRuns: 500 },
  );
});

describe('a problem of an aliased value', () => {
  const text = definition(
    '{ name: a, buildArgs: &x { A: 1 } }',
    '{ name: b, context: *x }',
    '{ name: c, buildArgs: *x }',
  );
  it('is at the alias where the value itself is wrong there, and once where it is in the value', () => {
    expect(problems(text).map(({ line, column, path }) => [line, column, path])).toEqual([
      [10, 41, 'spec.components[0].containers[0].buildArgs.A'],
      [11, 31, 'spec.components[0].containers[1].context'],
    ]);
  });
});

it('a byte order mark counts no column', () => {
  expect(problems('\uFEFFapiVersion: a')[0]).toMatchObject({ line: 1, column: 1 });
});
