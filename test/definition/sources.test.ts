import { describe, expect, it } from 'vitest';
import { containers, definition, firstBuilt, parsed, problems } from './definitions.ts';

const container = 'spec.components[0].containers[0]';

function withSource(source: string): string {
  return definition('{ name: c }').replace(/source: .*/, `source: ${source}`);
}

describe('a source', () => {
  it('has its secret, submodules and LFS', () => {
    const text = withSource(
      '{ git: "git@e.com:team/shop.git", ref: main, secret: deploy.key, submodules: true, lfs: true }',
    );
    expect(firstBuilt(parsed(text)).source).toEqual({
      git: 'git@e.com:team/shop.git',
      ref: 'main',
      secret: 'deploy.key',
      submodules: true,
      lfs: true,
    });
  });

  it('is the same with switches that are off as without them', () => {
    const off = withSource('{ git: "https://e.com/x", ref: m, submodules: false, lfs: false }');
    expect(parsed(off)).toStrictEqual(parsed(withSource('{ git: "https://e.com/x", ref: m }')));
  });

  it('of a container is no mixture with that of the application', () => {
    const text = definition('{ name: c, source: { git: "https://e.com/x", ref: m } }').replace(
      /source: (.*main) }/,
      'source: $1, secret: s, lfs: true }',
    );
    expect(firstBuilt(parsed(text)).source).toStrictEqual({ git: 'https://e.com/x', ref: 'm' });
  });

  it.each([
    [
      'ssh without secret',
      '{ git: "git@e.com:x", ref: m }',
      'secret',
      'a source over ssh needs a `secret`',
    ],
    [
      'ssh without secret, as a URL',
      '{ git: "ssh://git@e.com/x", ref: m }',
      'secret',
      'a source over ssh needs a `secret`',
    ],
    [
      'a file with a secret',
      '{ git: "file:///srv/x", ref: m, secret: s }',
      'secret',
      'a file source has no use for a `secret`',
    ],
    [
      'a password for ssh',
      '{ git: "ssh://git:hunter2@e.com/x", ref: m, secret: s }',
      'git',
      'the URL has credentials in it',
    ],
    [
      'a secret that is no name',
      '{ git: "https://e.com/x", ref: m, secret: A_b }',
      'secret',
      '"A_b" is refused here',
    ],
    [
      'a switch that is a text',
      '{ git: "https://e.com/x", ref: m, lfs: "true" }',
      'lfs',
      '"true" is a string, not a boolean: leave out the quotes',
    ],
    [
      'a misspelt field',
      '{ git: "https://e.com/x", ref: m, submodule: true }',
      'submodule',
      'there is no field `submodule` here',
    ],
  ])('is refused as %s, wherever it is', (_what, source, field, message) => {
    const places: readonly (readonly [string, string])[] = [
      [withSource(source), 'spec.source'],
      [definition(`{ name: c, source: ${source} }`), `${container}.source`],
      [
        definition('{ name: c }').replace(
          '  components:',
          `  defaults: { source: ${source} }\n  components:`,
        ),
        'spec.defaults.source',
      ],
    ];
    for (const [text, path] of places) {
      expect(problems(text)).toMatchObject([{ path: `${path}.${field}`, message }]);
    }
  });

  it('says at the secret’s own place what to do about it', () => {
    expect(problems(withSource('{ git: "git@e.com:x", ref: m }'))).toMatchObject([
      { line: 6, column: 3, expected: expect.stringContaining('kubernetes.io/ssh-auth') },
    ]);
    expect(problems(withSource('{ git: "file:///x", ref: m, secret: s }'))).toMatchObject([
      { line: 6, column: 39, expected: 'no `secret`, or a source over https or ssh' },
    ]);
  });
});

describe('spec.source.definition', () => {
  const source = 'git: "https://e.com/x", ref: main, secret: s';

  it('says where a scheduled run reads the definition, and is no part of the source', () => {
    const application = parsed(withSource(`{ ${source}, definition: ./deploy//slipway.yaml }`));
    const expected = { git: 'https://e.com/x', ref: 'main', secret: 's' };
    expect(application.definition).toStrictEqual({
      source: expected,
      path: 'deploy/slipway.yaml',
    });
    expect(firstBuilt(application).source).toStrictEqual(expected);
  });

  it('is there only when it is written', () => {
    expect(parsed(withSource(`{ ${source} }`))).not.toHaveProperty('definition');
  });

  it.each(['/etc/slipway.yaml', '../slipway.yaml', 'a/../../x', '.', 'deploy/', '""', 'a\\b'])(
    'is refused as %s',
    (path) => {
      expect(problems(withSource(`{ ${source}, definition: ${path} }`))).toMatchObject([
        { path: 'spec.source.definition', expected: expect.stringContaining('path of a file') },
      ]);
    },
  );

  it('belongs to no other source', () => {
    const text = definition(
      '{ name: c, source: { git: "https://e.com/x", ref: m, definition: x } }',
    );
    expect(problems(text)).toMatchObject([
      {
        path: `${container}.source.definition`,
        message: '`definition` has no place here',
        expected: 'it in `spec.source`',
      },
    ]);
  });
});

describe('secrets', () => {
  const npmrc = '{ id: npmrc, secret: npm }';

  it('have the id for a key where they name none', () => {
    const text = definition(
      `{ name: c, secrets: [${npmrc}, { id: TOKEN, secret: build.token, key: .token }] }`,
    );
    expect(firstBuilt(parsed(text)).secrets).toEqual([
      { id: 'npmrc', secret: 'npm', key: 'npmrc' },
      { id: 'TOKEN', secret: 'build.token', key: '.token' },
    ]);
  });

  it('of a container replace those of the defaults, and are gone with an empty list', () => {
    const [a, b, c] = containers(
      parsed(
        definition(
          '{ name: a }',
          '{ name: b, secrets: [{ id: x, secret: y }] }',
          '{ name: c, secrets: [] }',
        ).replace('  components:', `  defaults: { secrets: [${npmrc}] }\n  components:`),
      ),
    );
    expect(a).toHaveProperty('secrets', [{ id: 'npmrc', secret: 'npm', key: 'npmrc' }]);
    expect(b).toHaveProperty('secrets', [{ id: 'x', secret: 'y', key: 'x' }]);
    expect(c).not.toHaveProperty('secrets');
  });

  it.each([
    [
      'an id twice',
      `[${npmrc}, { id: npmrc, secret: other }]`,
      '[1].id',
      'there is a secret "npmrc" already',
    ],
    ['no secret', '[{ id: npmrc }]', '[0].secret', '`secret` is missing'],
    ['no id', '[{ secret: npm }]', '[0].id', '`id` is missing'],
    [
      'a value',
      '[{ id: npmrc, secret: npm, value: x }]',
      '[0].value',
      'there is no field `value` here',
    ],
    ['an id with a comma', '[{ id: "a,b", secret: npm }]', '[0].id', '"a,b" is refused here'],
    ['an id that climbs', '[{ id: ../x, secret: npm }]', '[0].id', '"../x" is refused here'],
    ['a key that climbs', '[{ id: x, secret: npm, key: .. }]', '[0].key', '".." is refused here'],
    ['a name alone', '[npm]', '[0]', '"npm" is refused here'],
  ])('are refused with %s', (_what, secrets, path, message) => {
    expect(problems(definition(`{ name: c, secrets: ${secrets} }`))).toMatchObject([
      { path: `${container}.secrets${path}`, message },
    ]);
  });

  it('are checked in the defaults too', () => {
    const text = definition('{ name: a }').replace(
      '  components:',
      `  defaults: { secrets: [${npmrc}, ${npmrc}] }\n  components:`,
    );
    expect(problems(text)).toMatchObject([{ path: 'spec.defaults.secrets[1].id', line: 7 }]);
  });
});

describe('cache', () => {
  it('names a repository, for one container or for all', () => {
    const [a, b] = containers(
      parsed(
        definition('{ name: a }', '{ name: b, cache: { repository: e.com:5000/b } }').replace(
          '  components:',
          '  defaults: { cache: { repository: e.com/cache } }\n  components:',
        ),
      ),
    );
    expect(a).toHaveProperty('cache', { repository: 'e.com/cache' });
    expect(b).toHaveProperty('cache', { repository: 'e.com:5000/b' });
    expect(firstBuilt(parsed(definition('{ name: a }')))).not.toHaveProperty('cache');
  });

  it.each([
    ['{ repository: "e.com/cache:1" }', '.repository', 'it has a tag'],
    [`{ repository: "e.com/cache@sha256:${'a'.repeat(64)}" }`, '.repository', 'it has a digest'],
    ['{ repository: cache }', '.repository', 'it names no registry host'],
    ['{ repo: e.com/cache }', '.repo', 'there is no field `repo` here'],
    ['true', '', 'true is refused here'],
  ])('is refused as %s', (cache, path, message) => {
    const found = problems(definition(`{ name: c, cache: ${cache} }`));
    expect(found).toContainEqual(
      expect.objectContaining({ path: `${container}.cache${path}`, message }),
    );
  });
});

it.each(['secrets: []', 'cache: { repository: e.com/x }'])(
  'an existing image has no use for %s',
  (field) => {
    expect(problems(definition(`{ name: c, image: e.com/x, ${field} }`))).toMatchObject([
      { expected: '`image` or build fields, not both' },
    ]);
  },
);
