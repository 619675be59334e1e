import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCommit, lsRemotePatterns, pickCommit } from '../../../activities/source/git-refs.ts';

const commit = (digit: string) => digit.repeat(40);
const lines = (...entries: readonly (readonly [string, string])[]) =>
  entries.map(([digit, name]) => `${commit(digit)}\t${name}\n`).join('');

describe('pickCommit', () => {
  test.each([
    ['main', lines(['a', 'refs/heads/main']), 'a'],
    ['v1', lines(['a', 'refs/tags/v1']), 'a'],
    ['v1', lines(['a', 'refs/tags/v1'], ['b', 'refs/tags/v1^{}']), 'b'],
    ['x', lines(['a', 'refs/tags/x'], ['b', 'refs/tags/x^{}'], ['c', 'refs/heads/x']), 'c'],
    ['refs/tags/x', lines(['c', 'refs/heads/x'], ['a', 'refs/tags/x']), 'a'],
    ['HEAD', lines(['a', 'HEAD'], ['b', 'refs/heads/HEAD']), 'a'],
    ['main', lines(['a', 'refs/heads/old/main'], ['b', 'refs/remotes/main']), null],
    ['main', '', null],
    ['main', 'warning: something\trefs/heads/main\n', null],
  ])('%s', (ref, output, expected) => {
    expect(pickCommit(output, ref)).toBe(expected === null ? null : commit(expected));
  });

  test('finds what it asked for, whatever the name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w./-]{1,40}$/), (ref) => {
        for (const pattern of lsRemotePatterns(ref)) {
          expect(pattern.startsWith('-')).toBe(false);
          expect(pickCommit(`${commit('d')}\t${pattern}\n`, ref)).toBe(commit('d'));
        }
      }),
    );
  });
});

test.each([
  [commit('a'), true],
  [commit('A'), false],
  ['a'.repeat(39), false],
  ['a'.repeat(64), false],
  [`${commit('a')}\n`, false],
])('isCommit(%j) is %s', (ref, expected) => {
  expect(isCommit(ref)).toBe(expected);
});
