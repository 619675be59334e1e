import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gitUri, imageUri, merged } from '../../../../activities/package/provenance/descriptors.ts';
import type { ResourceDescriptor } from '../../../../activities/package/provenance/statement.ts';
import { commit, digestOf } from '../fixtures.ts';

describe('gitUri', () => {
  it.each([
    ['https://git.example.com/a/b.git', 'git+https://git.example.com/a/b.git'],
    ['ssh://git@git.example.com:2222/a/b', 'git+ssh://git@git.example.com:2222/a/b'],
    ['git@git.example.com:a/b.git', 'git+ssh://git@git.example.com/a/b.git'],
    ['git@git.example.com:/srv/b.git', 'git+ssh://git@git.example.com/srv/b.git'],
    ['file:///srv/b.git', 'git+file:///srv/b.git'],
  ])('makes %s %s@<commit>', (git, uri) => {
    expect(gitUri(git, commit)).toBe(`${uri}@${commit}`);
  });
});

describe('imageUri', () => {
  const digest = digestOf('image');
  const version = `sha256%3A${digest.slice(7)}`;

  it.each([
    ['debian:12', 'debian', 'docker.io/library/debian'],
    ['org/tool', 'tool', 'docker.io/org/tool'],
    [`e.com:5000/a/b/c:v1@${digest}`, 'c', 'e.com:5000/a/b/c'],
    ['[::1]:5000/x', 'x', '%5B::1%5D:5000/x'],
  ])('names %s as a package URL', (image, name, repository) => {
    expect(imageUri(image, digest)).toBe(`pkg:oci/${name}@${version}?repository_url=${repository}`);
  });
});

describe('merged', () => {
  const one: ResourceDescriptor = { name: 'a', annotations: { role: 'x', containers: ['c/1'] } };

  it('joins what differs in the containers alone', () => {
    const two = { ...one, annotations: { containers: ['b/1', 'c/1'], role: 'x' } };
    expect(merged([one, two])).toEqual([
      { name: 'a', annotations: { role: 'x', containers: ['b/1', 'c/1'] } },
    ]);
  });

  it.each<[string, ResourceDescriptor]>([
    ['another name', { ...one, name: 'b' }],
    ['another role', { ...one, annotations: { role: 'y', containers: ['c/1'] } }],
    ['another note', { ...one, annotations: { ...one.annotations, ref: 'main' } }],
    ['a digest', { ...one, digest: { sha256: 'ab' } }],
  ])('keeps %s apart', (_, other) => {
    expect(merged([one, other])).toHaveLength(2);
  });

  it('does not depend on the order, and loses no container', () => {
    const descriptor = fc.record({
      name: fc.constantFrom('a', 'b'),
      annotations: fc.record({
        role: fc.constantFrom('x', 'y'),
        containers: fc.array(fc.constantFrom('c/1', 'c/2', 'd/1'), { minLength: 1 }),
      }),
    });
    const orders = fc
      .array(descriptor)
      .chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
        ),
      );
    fc.assert(
      fc.property(orders, ([all, shuffled]) => {
        const result = merged(all);
        expect(merged(shuffled)).toEqual(result);
        expect(merged(result)).toEqual(result);
        for (const { name, annotations } of all) {
          const kept = result.find(
            (candidate) =>
              candidate.name === name && candidate.annotations?.role === annotations.role,
          );
          expect(kept?.annotations?.containers).toEqual(
            expect.arrayContaining(annotations.containers),
          );
        }
      }),
    );
  });
});
