import * as fc from 'fast-check';
import { posix } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  buildSecretId,
  confinedPath,
  normalisePath,
  parseDuration,
  secretKey,
} from '../../definition/rules.ts';
import { suggest } from '../../definition/suggest.ts';

// Property tests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('confinedPath and normalisePath', () => {
  it.each([
    ['.', '.'],
    ['./', '.'],
    ['a', 'a'],
    ['./a//b/./c/', 'a/b/c'],
    ['...', '...'],
    ['a..b/..c', 'a..b/..c'],
  ])('%s → %s', (path, normal) => {
    expect(confinedPath.problem(path)).toBeNull();
    expect(normalisePath(path)).toBe(normal);
  });

  it('keeps every accepted path below its root, in a form that does not change again', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b c', '\\', '...', 'é', '-x', '\u0000');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const path = parts.join('/');
        if (confinedPath.problem(path) !== null) return;
        const normal = normalisePath(path);
        const resolved = posix.resolve('/root', normal);
        expect(resolved === '/root' || resolved.startsWith('/root/')).toBe(true);
        expect(normalisePath(normal)).toBe(normal);
        expect(normal).not.toMatch(/\/$|\/\/|^\.\//);
      }),
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['1h30m', 5400],
    ['1h1m1s', 3661],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});

describe('buildSecretId and secretKey', () => {
  it.each(['npmrc', 'NPM_TOKEN', 'a.b-c', '_x', '1', 'a'.repeat(63)])('take %s', (text) => {
    expect(buildSecretId.pattern.test(text)).toBe(true);
    expect(secretKey.pattern.test(text)).toBe(true);
  });

  it.each(['.npmrc', '-x', '...x', 'a'.repeat(64)])('%s is no id', (text) => {
    expect(buildSecretId.pattern.test(text)).toBe(false);
  });

  it.each(['', '.', '..', '..a', 'a b', 'a/b', 'a,b', 'a=b', 'é', 'a'.repeat(254)])(
    '%j is neither',
    (text) => {
      expect(buildSecretId.pattern.test(text)).toBe(false);
      expect(secretKey.pattern.test(text)).toBe(false);
    },
  );

  it('every id is a key too, because it is one where the definition has none', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '.', '-', '_', '/', ' ') });
    fc.assert(
      fc.property(text, (id) => {
        fc.pre(buildSecretId.pattern.test(id));
        expect(secretKey.pattern.test(id)).toBe(true);
        expect(posix.basename(id)).toBe(id);
      }),
    );
  });
});

describe('suggest', () => {
  it.each([
    ['contxt', 'context'],
    ['tag', 'tags'],
    ['TARGET', 'target'],
    ['tar', 'target'],
    ['con', 'context'],
    ['banana', null],
    ['x', null],
    ['ca', null],
    ['cac', null],
  ])('%s → %s', (written, meant) => {
    const known = ['context', 'tags', 'target', 'cache-kind', 'cache-repository'];
    expect(suggest(written, known)).toBe(meant);
  });

  it('finds a name of some length again with one letter wrong, missing or too many', () => {
    const known = ['dockerfile', 'resources', 'nodeSelector', 'tolerations'];
    const slip = fc.constantFrom('replaced', 'removed', 'added');
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(8), slip, (name, at, kind) => {
        const letters = name.split('');
        letters.splice(at, kind === 'added' ? 0 : 1, ...(kind === 'removed' ? [] : ['#']));
        expect(suggest(letters.join(''), known)).toBe(name);
      }),
    );
  });
});
