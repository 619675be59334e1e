import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalRegistryHost,
  formatImageReference,
  parseImageReference,
} from '../../definition/image-reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

describe('parseImageReference', () => {
  test.each([
    ['debian', 'docker.io', 'library/debian', 'latest', null],
    ['debian:12', 'docker.io', 'library/debian', '12', null],
    ['me/tool', 'docker.io', 'me/tool', 'latest', null],
    ['docker.io/debian', 'docker.io', 'library/debian', 'latest', null],
    ['index.docker.io/me/tool:1', 'docker.io', 'me/tool', '1', null],
    ['localhost/tool', 'localhost', 'tool', 'latest', null],
    ['localhost:5000/tool:1', 'localhost:5000', 'tool', '1', null],
    ['registry.example.com/shop/api:1.4.0', 'registry.example.com', 'shop/api', '1.4.0', null],
    ['Registry.Example.com:443/a', 'registry.example.com:443', 'a', 'latest', null],
    ['10.64.3.1:5000/a', '10.64.3.1:5000', 'a', 'latest', null],
    ['[::1]:5000/a:b', '[::1]:5000', 'a', 'b', null],
    ['[fd00::10]/a/b', '[fd00::10]', 'a/b', 'latest', null],
    [`debian@${digest}`, 'docker.io', 'library/debian', null, digest],
    [`registry:5000/a:b@${digest}`, 'registry:5000', 'a', 'b', digest],
    ['a__b/c---d/e.f_g', 'docker.io', 'a__b/c---d/e.f_g', 'latest', null],
  ])('%s', (text, host, path, tag, expectedDigest) => {
    expect(parseImageReference(text)).toEqual({
      ok: true,
      reference: { host, path, tag, digest: expectedDigest },
    });
  });

  test.each([
    ['', 'name'],
    ['Debian', 'name'],
    ['debian:', 'tag'],
    ['debian:-x', 'tag'],
    [`debian:${'x'.repeat(129)}`, 'tag'],
    ['debian:1:2', 'tag'],
    ['debian@sha256:abc', '64 hex digits'],
    [`debian@${digest}@${digest}`, 'more than one @'],
    [`debian@md5:${'a'.repeat(32)}`, '64 hex digits'],
    ['registry.example.com/', 'name'],
    ['registry.example.com//a', 'name'],
    ['a..b/c', 'host'],
    ['-x.example.com/a', 'host'],
    ['example.com:99999/a', 'port'],
    ['example.com:0/a', 'port'],
    ['example.com:http/a', 'host'],
    ['[::g]/a', 'host'],
    ['[1.2.3.4]/a', 'IPv6'],
    ['https://example.com/a', 'host'],
    ['example.com/../a', 'name'],
    ['example.com/a b', 'name'],
    [`example.com/${'a'.repeat(256)}`, 'name'],
    ['user@example.com/a', '64 hex digits'],
  ])('refuses %j for its %s', (text, problem) => {
    expect(parseImageReference(text)).toEqual({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  });

  test('reads what it writes', () => {
    const name = fc.stringMatching(/^[a-z0-9]+([._-][a-z0-9]+){0,2}$/);
    const host = fc.oneof(
      fc.constantFrom('docker.io', 'localhost', '[::1]:5000', '10.0.0.1:5000', 'r.example.com'),
      fc.tuple(fc.domain(), fc.integer({ min: 1, max: 65_535 })).map(([d, p]) => `${d}:${p}`),
    );
    const reference = fc
      .record({
        host: host.map((text) => text.toLowerCase()),
        path: fc.array(name, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/')),
        tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)),
        digest: fc.option(fc.constant(digest)),
      })
      .filter(({ tag, digest: d, path }) => (tag !== null || d !== null) && path.length < 200);
    fc.assert(
      fc.property(reference, (value) => {
        expect(parseImageReference(formatImageReference(value))).toEqual({
          ok: true,
          reference: value,
        });
      }),
    );
  });

  test('answers any text, without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const parsed = parseImageReference(text);
        if (!parsed.ok) return;
        // What was accepted goes into URLs: nothing in it may need escaping.
        expect(formatImageReference(parsed.reference)).toMatch(/^[\w.:/@[\]-]+$/);
        expect(parsed.reference.path).not.toContain('..');
      }),
    );
  });
});

test('canonicalRegistryHost knows the names of the hub', () => {
  const hosts = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'Example.com:5000'];
  expect(hosts.map(canonicalRegistryHost)).toEqual([
    'docker.io',
    'docker.io',
    'docker.io',
    'example.com:5000',
  ]);
});
