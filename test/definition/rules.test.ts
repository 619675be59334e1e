import * as fc from 'fast-check';
import { posix } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  confinedPath,
  gitRef,
  gitUrl,
  normalisePath,
  parseDuration,
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

describe('gitUrl', () => {
  it.each(['https://e.com/x.git', 'https://e.com:8443/a/b', 'file:///srv/git/x'])(
    'takes %s',
    (url) => {
      expect(gitUrl.problem(url)).toBeNull();
    },
  );

  it.each([
    'https://e.com',
    'https://user@e.com/x',
    'https://e.com/x#main',
    'git://e.com/x',
    'ext::sh -c id',
    '--upload-pack=x',
    '/srv/git',
    'file:///',
    'file:///a/../etc',
  ])('refuses %s', (url) => {
    expect(gitUrl.problem(url)).not.toBeNull();
  });
});

describe('gitRef', () => {
  it.each(['main', 'feature/a-b', 'v1.2.3', 'refs/tags/v1', 'HEAD', 'a'.repeat(40)])(
    'takes %s',
    (ref) => {
      expect(gitRef.problem(ref)).toBeNull();
    },
  );

  it.each([
    '',
    '-x',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'x.lock',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a@{1}',
    '@',
    'a\n',
  ])('refuses %j', (ref) => {
    expect(gitRef.problem(ref)).not.toBeNull();
  });
});

describe('suggest', () => {
  it.each([
    ['contxt', 'context'],
    ['tag', 'tags'],
    ['TARGET', 'target'],
    ['banana', null],
    ['x', null],
  ])('%s → %s', (written, meant) => {
    expect(suggest(written, ['context', 'tags', 'target'])).toBe(meant);
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
