import { describe, expect, test } from 'vitest';
import { longWhy, shortWhy } from '../../../cli/view/why.ts';
import type { ContainerVerdict, InputChange } from '../../../workflows/contract/build.ts';

const build = (...changes: readonly InputChange[]): ContainerVerdict => ({
  verdict: 'build',
  changes,
});
const moved = { from: `sha256:${'a'.repeat(64)}`, to: `sha256:${'b'.repeat(64)}` };

describe('in a few words', () => {
  test.each<[string, ContainerVerdict | undefined, string]>([
    ['nothing before it is known', undefined, ''],
    ['nothing of an unchanged one', { verdict: 'unchanged', changes: [] }, ''],
    ['the word', build({ what: 'commit', from: 'a', to: 'b' }), 'commit'],
    [
      'each once',
      build(
        { what: 'arguments', name: 'MODE', from: 'a', to: 'b' },
        { what: 'arguments', name: 'MODE', from: 'a', to: 'b' },
        { what: 'base image', name: 'debian:12', ...moved },
      ),
      'arguments MODE, base image debian:12',
    ],
  ])('%s', (_what, why, text) => {
    expect(shortWhy(why)).toBe(text);
  });
});

describe('at length', () => {
  test.each<[InputChange, string]>([
    [
      { what: 'commit', from: 'a'.repeat(40), to: 'b'.repeat(40) },
      'commit: aaaaaaaaaaaa → bbbbbbbbbbbb',
    ],
    [
      { what: 'base image', name: 'debian:12', ...moved },
      'base image debian:12: sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb',
    ],
    [{ what: 'arguments', name: 'MODE', from: null, to: 'debug' }, 'arguments MODE: none → debug'],
    [{ what: 'arguments', name: 'MODE', from: 'debug', to: null }, 'arguments MODE: debug → none'],
    [{ what: 'new', from: null, to: null }, 'new: no earlier build of it is known'],
    [{ what: 'forced', from: null, to: null }, 'forced: asked for with --force'],
    [
      { what: 'missing', from: null, to: null },
      'missing: the registry has no image of these inputs any more',
    ],
    [
      { what: 'uncacheable', from: null, to: null },
      'uncacheable: its Dockerfile adds a URL without a checksum',
    ],
    [{ what: 'dockerfile', from: null, to: null }, 'dockerfile'],
  ])('%j', (change, line) => {
    expect(longWhy(build(change))).toEqual([line]);
  });

  test('a long value is cut', () => {
    const [line = ''] = longWhy(build({ what: 'builder', from: 'x'.repeat(500), to: null }));
    expect(line).toMatch(/^builder: x{59}… → none$/);
  });
});
