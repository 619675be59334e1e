import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../definition/document.ts';

function document(text: string) {
  const read = readYaml(text);
  if (!read.ok) throw new Error(JSON.stringify(read.findings));
  return read.document;
}

/** What is refused, as `line:column message`. */
function refusals(text: string): readonly string[] {
  const read = readYaml(text);
  return read.ok
    ? []
    : read.findings.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('a path leads back to its place', () => {
  const text = [
    'name: shop',
    'spec:',
    '  base: &base { memory: 1Gi }',
    '  list:',
    '    - { a: 1.10, use: *base }',
    '    - b:',
  ].join('\n');

  it.each([
    [[], false, '1:1'],
    [['name'], false, '1:7'],
    [['name'], true, '1:1'],
    [['spec', 'list', 0, 'a'], false, '5:12'],
    [['spec', 'list', 0, 'a'], true, '5:9'],
    [['spec', 'list', 0], false, '5:7'],
  ])('%j (key: %s) is at %s', (path, atKey, place) => {
    const { line, column } = document(text).locate(path, atKey);
    expect(`${line}:${column}`).toBe(place);
  });

  it.each([
    ['what is missing', ['spec', 'source'], '2:1'],
    ['what is missing in a list’s item', ['spec', 'list', 1, 'c', 'd'], '6:7'],
    ['an item beyond the end', ['spec', 'list', 7], '4:3'],
  ])('%s is at the mapping that lacks it', (_what, path, place) => {
    const { line, column } = document(text).locate(path);
    expect(`${line}:${column}`).toBe(place);
  });

  it('an aliased value is at its anchor', () => {
    const { line, column } = document(text).locate(['spec', 'list', 0, 'use', 'memory']);
    expect(`${line}:${column}`).toBe('3:25');
  });

  it.each([
    [['spec', 'list', 0, 'a'], '1.10'],
    [['spec', 'list', 0, 'use', 'memory'], '1Gi'],
    [['spec', 'list'], null],
    [['spec', 'list', 0, 'none'], null],
    [['name', 'below'], null],
  ])('%j is written %j', (path, written) => {
    expect(document(text).written(path)).toBe(written);
  });

  it('holds for every key of any mapping', () => {
    const key = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 12 }), (keys) => {
        const { locate, value } = document(keys.map((name) => `${name}: "${name}"`).join('\n'));
        expect(Object.keys(value as object)).toEqual(keys);
        for (const [index, name] of keys.entries()) {
          expect(locate([name], true)).toEqual({ line: index + 1, column: 1 });
          expect(locate([name])).toEqual({ line: index + 1, column: name.length + 3 });
        }
      }),
    );
  });
});

describe('what is not one plain document is refused with its place', () => {
  it.each([
    ['a: 1\nb: 2\na: 3', '3:1 `a` is there already, in line 1'],
    ['a: 1\n---\nb: 2', '2:1 a second YAML document begins here'],
    ['a: 1\n__proto__: { b: 2 }', '2:1 a key cannot be named __proto__'],
    ['a:\n  - { __proto__: 1 }', '2:7 a key cannot be named __proto__'],
    [' '.repeat(1024 * 1024 + 1), '1:1 the definition is larger than 1048576 bytes'],
    ['é'.repeat(600_000), '1:1 the definition is larger than 1048576 bytes'],
  ])('%.30j', (text, refusal) => {
    expect(refusals(text)).toContain(refusal);
  });

  it.each([`${'['.repeat(20_000)}${']'.repeat(20_000)}`, '['.repeat(20_000)])(
    'too deep: %.5j',
    (text) => {
      expect(refusals(text)).toEqual(['1:1 it is nested too deeply']);
    },
  );
});
