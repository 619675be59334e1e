import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerVerdict, inputChanges } from '../../../activities/dockerfile/why.ts';
import type { RecordedInputs } from '../../../workflows/contract/activities.ts';
import type { InputChange } from '../../../workflows/contract/build.ts';

const last: RecordedInputs = {
  inputDigest: 'sha256:one',
  commit: 'c1',
  context: 'sha256:x1',
  dockerfile: 'sha256:d1',
  arguments: { MODE: 'debug', 'templateArgs.base': 'debian:12' },
  bases: [
    { name: 'debian:12', digest: 'sha256:b1' },
    { name: 'org/tool:1', digest: 'sha256:t1' },
  ],
  builder: { name: 'kaniko', image: 'e.com/kaniko@sha256:k1' },
  settings: 'sha256:s1',
};
const facts = { last, current: last, present: false, forced: false, cacheable: true };

/** Inputs after a change; the digest of all of them changes with it. */
function after(change: Partial<RecordedInputs>): RecordedInputs {
  return { ...last, inputDigest: 'sha256:two', ...change };
}

const bare = (what: InputChange['what']): InputChange => ({ what, from: null, to: null });

describe('each single change has exactly its word', () => {
  it.each<[InputChange, Partial<RecordedInputs>]>([
    [
      { what: 'commit', from: 'c1', to: 'c2' },
      { commit: 'c2', context: 'sha256:x2' },
    ],
    [{ what: 'dockerfile', from: 'sha256:d1', to: 'sha256:d2' }, { dockerfile: 'sha256:d2' }],
    [
      { what: 'arguments', name: 'MODE', from: 'debug', to: 'release' },
      { arguments: { ...last.arguments, MODE: 'release' } },
    ],
    [
      { what: 'arguments', name: 'MODE', from: 'debug', to: null },
      { arguments: { 'templateArgs.base': 'debian:12' } },
    ],
    [
      { what: 'arguments', name: 'NEW', from: null, to: '' },
      { arguments: { ...last.arguments, NEW: '' } },
    ],
    [
      { what: 'base image', name: 'debian:12', from: 'sha256:b1', to: 'sha256:b2' },
      { bases: [{ name: 'debian:12', digest: 'sha256:b2' }, ...last.bases.slice(1)] },
    ],
    [
      { what: 'base image', name: 'org/tool:1', from: 'sha256:t1', to: null },
      { bases: last.bases.slice(0, 1) },
    ],
    [
      {
        what: 'builder',
        name: 'kaniko',
        from: 'e.com/kaniko@sha256:k1',
        to: 'e.com/kaniko@sha256:k2',
      },
      { builder: { name: 'kaniko', image: 'e.com/kaniko@sha256:k2' } },
    ],
    [
      {
        what: 'builder',
        name: 'buildah',
        from: 'e.com/kaniko@sha256:k1',
        to: 'e.com/kaniko@sha256:k1',
      },
      { builder: { name: 'buildah', image: 'e.com/kaniko@sha256:k1' } },
    ],
    [{ what: 'settings', from: 'sha256:s1', to: 'sha256:s2' }, { settings: 'sha256:s2' }],
    [
      { what: 'settings', name: 'context', from: 'sha256:x1', to: 'sha256:x2' },
      { context: 'sha256:x2' },
    ],
    [{ what: 'settings', from: 'sha256:one', to: 'sha256:two' }, {}],
  ])('%o', (change, inputs) => {
    const current = after(inputs);
    expect(containerVerdict({ ...facts, current })).toEqual({
      verdict: 'build',
      changes: [change],
    });
    // Every change can be undone, and then says so.
    expect(inputChanges(current, last)).toMatchObject([{ from: change.to, to: change.from }]);
  });

  it.each<[InputChange['what'], Partial<typeof facts> | { readonly last: null }]>([
    ['missing', {}],
    ['new', { last: null }],
    ['forced', { forced: true }],
    ['uncacheable', { cacheable: false }],
  ])('%s', (what, given) => {
    expect(containerVerdict({ ...facts, ...given })).toEqual({
      verdict: 'build',
      changes: [bare(what)],
    });
  });
});

it('a template argument is named beside the Dockerfile that it changed, and only then', () => {
  const changed = { arguments: { ...last.arguments, 'templateArgs.base': 'debian:13' } };
  expect(inputChanges(last, after({ ...changed, dockerfile: 'sha256:d2' }))).toEqual([
    { what: 'dockerfile', from: 'sha256:d1', to: 'sha256:d2' },
    { what: 'arguments', name: 'templateArgs.base', from: 'debian:12', to: 'debian:13' },
  ]);
  expect(inputChanges(last, after({ ...changed, settings: 'sha256:s2' }))).toEqual([
    { what: 'settings', from: 'sha256:s1', to: 'sha256:s2' },
  ]);
});

it('a new commit whose context is the same is no change', () => {
  expect(containerVerdict({ ...facts, current: { ...last, commit: 'c2' } })).toEqual({
    verdict: 'build',
    changes: [bare('missing')],
  });
});

it('a builder pulled from a mirror is the same builder', () => {
  const builder = { name: 'kaniko', image: 'mirror:5000/k@sha256:k1' } as const;
  expect(inputChanges(last, after({ builder, settings: 'sha256:s2' }))).toEqual([
    { what: 'settings', from: 'sha256:s1', to: 'sha256:s2' },
  ]);
});

it('a forced build says what has changed as well', () => {
  const current = after({ settings: 'sha256:s2' });
  const { changes } = containerVerdict({ ...facts, current, forced: true, cacheable: false });
  expect(changes.map(({ what }) => what)).toEqual(['settings', 'forced', 'uncacheable']);
});

it('an image that is there is unchanged, whatever was built last', () => {
  const current = after({ dockerfile: 'sha256:d2' });
  for (const before of [null, last, current]) {
    expect(containerVerdict({ ...facts, last: before, current, present: true })).toEqual({
      verdict: 'unchanged',
      changes: [],
    });
  }
});

it('lists and texts of any size stay small', () => {
  const names = Array.from({ length: 30 }, (_, index) => `A${String(index).padStart(2, '0')}`);
  const arguments_ = Object.fromEntries(names.map((name) => [name, 'x'.repeat(10_000)]));
  const changes = inputChanges({ ...last, arguments: {} }, after({ arguments: arguments_ }));
  expect(changes).toHaveLength(21);
  expect(changes[0]).toEqual({
    what: 'arguments',
    name: 'A00',
    from: null,
    to: `${'x'.repeat(200)}…`,
  });
  expect(changes[20]).toEqual({ what: 'arguments', name: '10 more', from: null, to: null });
});

const text = fc.string({ maxLength: 3 });
const inputs = fc.record<RecordedInputs>({
  inputDigest: text,
  commit: text,
  context: text,
  dockerfile: text,
  arguments: fc.dictionary(text, text, { maxKeys: 3 }),
  bases: fc.uniqueArray(fc.record({ name: text, digest: text }), {
    maxLength: 3,
    selector: ({ name }) => name,
  }),
  builder: fc.record({ name: fc.constantFrom('kaniko', 'buildah'), image: text }),
  settings: text,
});

it('inputs of one digest have no change, of two at least one', () => {
  fc.assert(
    fc.property(inputs, inputs, (one, other) => {
      expect(inputChanges(one, { ...other, inputDigest: one.inputDigest })).toEqual([]);
      fc.pre(one.inputDigest !== other.inputDigest);
      const changes = inputChanges(one, other);
      expect(changes.length).toBeGreaterThan(0);
      // A builder can have another name and the same image.
      const same = changes.filter(({ from, to }) => from === to);
      expect(same.filter(({ what }) => what !== 'builder')).toEqual([]);
    }),
  );
});
