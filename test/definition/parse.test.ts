import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parseDefinition } from '../../definition/parse.ts';
import { containers, definition, firstBuilt, parsed, problems } from './definitions.ts';

// Property tests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseDefinition', () => {
  it('applies the defaults of the design', () => {
    const application = parsed(definition('{ name: server }'));
    expect(application).toMatchObject({ name: 'shop', version: null, maxParallel: 4 });
    expect(firstBuilt(application)).toEqual({
      kind: 'build',
      name: 'server',
      init: false,
      carried: {},
      pullSecret: null,
      source: { git: 'https://git.example.com/shop.git', ref: 'main' },
      context: '.',
      dockerfile: 'Dockerfile',
      template: 'none',
      templateArgs: {},
      unusedArguments: 'error',
      buildArgs: {},
      target: null,
      repository: 'registry.example.com/shop/api-server',
      tags: [],
      builder: null,
      builderFlags: [],
      reproducible: true,
      resources: { memory: '1Gi' },
      timeouts: { queue: 600, build: 1800 },
      nodeSelector: {},
      tolerations: [],
      pushSecret: null,
    });
  });

  it('reads every field of a container that is built', () => {
    const text = definition(
      `{ name: server, context: ./services//api/, dockerfile: build/Dockerfile.hbs, templateArgs: { base: "debian:12", debug: true, packages: [curl] },
          unusedArguments: warn, buildArgs: { MODE: release, _x: "" }, target: runtime, repository: localhost:5000/other/name, tags: [latest, "1.10"],
          builder: buildah, builderFlags: [--squash, --format=oci], platforms: [linux/amd64], reproducible: false,
          resources: { cpu: 500m, memory: 2Gi, ephemeralStorage: 10G }, timeouts: { queue: 90s, build: 1h30m },
          nodeSelector: { kubernetes.io/arch: amd64 }, tolerations: [{ key: build, operator: Exists, effect: NoSchedule }],
          pushSecret: push.secret, pullSecret: pull, source: { git: "file:///srv/git/shop", ref: refs/tags/v1 },
          command: [/server], args: [--verbose], env: [DB_URL], ports: [8080] }`,
    );
    expect(firstBuilt(parsed(text))).toEqual({
      kind: 'build',
      name: 'server',
      init: false,
      carried: { command: ['/server'], args: ['--verbose'], env: ['DB_URL'], ports: [8080] },
      pullSecret: 'pull',
      source: { git: 'file:///srv/git/shop', ref: 'refs/tags/v1' },
      context: 'services/api',
      dockerfile: 'build/Dockerfile.hbs',
      template: 'handlebars',
      templateArgs: { base: 'debian:12', debug: true, packages: ['curl'] },
      unusedArguments: 'warn',
      buildArgs: { MODE: 'release', _x: '' },
      target: 'runtime',
      repository: 'localhost:5000/other/name',
      tags: ['latest', '1.10'],
      builder: 'buildah',
      builderFlags: ['--squash', '--format=oci'],
      reproducible: false,
      resources: { cpu: '500m', memory: '2Gi', ephemeralStorage: '10G' },
      timeouts: { queue: 90, build: 5400 },
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'build', operator: 'Exists', effect: 'NoSchedule' }],
      pushSecret: 'push.secret',
    });
  });

  it('merges mappings of spec.defaults key by key and replaces all else', () => {
    const text = definition(
      '{ name: a, dockerfile: D.hbs, resources: { cpu: "2" }, buildArgs: { B: own }, templateArgs: { y: own }, tags: [mine] }',
      '{ name: b, source: { git: https://other.example.com/x, ref: v2 } }',
    ).replace(
      '  components:',
      '  defaults: { builder: kaniko, resources: { memory: 4Gi }, buildArgs: { A: "1", B: "2" }, templateArgs: { x: "1", y: "2" }, tags: [latest], pushSecret: push }\n  components:',
    );
    const [a, b] = containers(parsed(text));
    expect(a).toMatchObject({
      builder: 'kaniko',
      resources: { memory: '4Gi', cpu: '2' },
      buildArgs: { A: '1', B: 'own' },
      templateArgs: { x: '1', y: 'own' },
      tags: ['mine'],
      pushSecret: 'push',
    });
    expect(b).toMatchObject({
      tags: ['latest'],
      source: { git: 'https://other.example.com/x', ref: 'v2' },
    });
    // Not a template: inherited arguments mean nothing to it.
    expect(b?.kind === 'build' && b.templateArgs).toEqual({});
  });

  it('puts init containers first and existing images in full', () => {
    const text = definition(
      '{ name: server }',
      '{ name: proxy, image: busybox, env: [X] }',
    ).replace(
      '      containers:',
      '      type: web\n      options: { replicas: 2 }\n      initContainers: [{ name: migrate }]\n      containers:',
    );
    const application = parsed(text);
    expect(application.components[0]).toMatchObject({ type: 'web', options: { replicas: 2 } });
    expect(containers(application).map(({ name, init }) => [name, init])).toEqual([
      ['migrate', true],
      ['server', false],
      ['proxy', false],
    ]);
    expect(containers(application)[2]).toEqual({
      kind: 'existing',
      name: 'proxy',
      init: false,
      carried: { env: ['X'] },
      pullSecret: null,
      image: 'docker.io/library/busybox:latest',
    });
  });

  it('falls back to the caller for a missing registry and source', () => {
    const text = definition('{ name: server }')
      .replace(/ {2}registry.*\n/, '')
      .replace(/ {2}source.*\n/, '');
    const source = { git: 'file:///srv/shop', ref: 'HEAD' };
    const container = firstBuilt(parsed(text, { registry: '10.0.0.1:5000', source }));
    expect(container.repository).toBe('10.0.0.1:5000/shop/api-server');
    expect(container.source).toEqual(source);

    expect(problems(text).map(({ path, line }) => [path, line])).toEqual([
      ['spec.registry', 4],
      ['spec.source', 4],
    ]);
  });

  it('needs neither where no container does', () => {
    const text = definition(`{ name: proxy, image: "example.com/proxy@${digest}" }`)
      .replace(/ {2}registry.*\n/, '')
      .replace(/ {2}source.*\n/, '');
    expect(containers(parsed(text))).toHaveLength(1);
  });

  it('reports all problems at once, in the order of the text', () => {
    const text = definition(
      '{ name: Server, contxt: x }',
      '{ name: b, tags: [-x, -x], ports: [0] }',
    ).replace('slipway/v1', 'slipway/v2');
    expect(problems(text).map(({ path }) => path)).toEqual([
      'apiVersion',
      'spec.components[0].containers[0].name',
      'spec.components[0].containers[0].contxt',
      'spec.components[0].containers[1].tags[0]',
      'spec.components[0].containers[1].tags[1]',
      'spec.components[0].containers[1].tags[1]',
      'spec.components[0].containers[1].ports[0]',
    ]);
  });

  it.each([
    ['{ name: c, buildArgs: { V: 1.10 } }', '1.10 is a number, not a string: quote it, "1.10"'],
    ['{ name: c, buildArgs: { V: true } }', 'true is a boolean, not a string: quote it, "true"'],
    ['{ name: c, resources: { cpu: 2 } }', '2 is a number, not a string: quote it, "2"'],
    ['{ name: c, tags: [0x10] }', '0x10 is a number, not a string: quote it, "0x10"'],
    [
      '{ name: c, dockerfile: D.hbs, templateArgs: { v: 3 } }',
      '3 is a number, not a string: quote it, "3"',
    ],
    ['{ name: c, target: 1 }', '1 is a number, not a string: quote it, "1"'],
  ])('says to quote the value in %s', (container, message) => {
    expect(problems(definition(container))).toMatchObject([{ line: 10, message }]);
  });

  it.each([
    ['timeouts: { build: 30 }', '30 is a number', 'a duration with its unit, like "90s"'],
    ['timeouts: { build: "30" }', '"30" is refused here', 'a duration with its unit, like "90s"'],
    ['resources: { cpu: -1 }', '-1 is a number', 'a Kubernetes quantity like "500m" or "2"'],
    ['target: -1', '-1 is a number', 'the name of a build stage'],
    ['source: { git: 5, ref: main }', 'this is not a URL', 'https://<host>/<path>'],
    ['pushSecret:', 'an empty value is refused here', 'the name of a Kubernetes Secret'],
    ['env: [{ name: A }]', 'a mapping is refused here', 'the name of an environment variable'],
    ['ports: ["8080"]', '"8080" is a string, not a number: leave out the quotes', 'a port'],
    ['reproducible: "true"', '"true" is a string, not a boolean: leave out', 'true or false'],
    ['ports: ["80:80"]', '"80:80" is refused here', 'a port from 1 to 65535'],
    ['ports: [80.5]', '80.5 is refused here', 'a port from 1 to 65535'],
    ['tags: latest', '"latest" is refused here', 'a list, as in [latest]'],
    ['command: sh -c x', '"sh -c x" is refused here', 'a list'],
    ['ports: 0', '0 is refused here', 'a list'],
    ['tags: "1.0"', '"1.0" is refused here', 'a list, as in ["1.0"]'],
    ['ports: "80"', '"80" is refused here', 'a list, as in [80]'],
    ['secrets: { id: a }', 'a mapping is refused here', 'a list, every item behind a dash: `- id:'],
    ['ports: 80', '80 is refused here', 'a list, as in [80]'],
    ['builderFlags: --squash', '"--squash" is refused here', 'a list, as in [--squash]'],
    ['cache: true', 'true is refused here', 'a mapping with `repository`'],
    ['source: x', '"x" is refused here', 'a mapping with `git` and `ref`'],
    ['timeouts: 30m', '"30m" is refused here', 'a mapping of `queue` and `build`'],
    ['buildArgs: [A=b]', 'a list is refused here', 'a mapping of names to values'],
  ])(
    'says of %s what its field takes, and not what is refused next',
    (field, message, expected) => {
      const found = problems(definition(`{ name: c, ${field} }`));
      expect(found).toMatchObject([
        { message: expect.stringContaining(message), expected: expect.stringContaining(expected) },
      ]);
      expect(found[0]?.message).not.toContain('quote it');
    },
  );

  it.each([
    ['99999999999999999999999', 'ports: [99999999999999999999999]', 'a port from 1 to 65535'],
    ['"linux/amd64"', 'platforms: linux/amd64', 'a list, as in [linux/amd64]'],
    ['"x"', 'tags: x, pushSecret: ok', 'a list, as in [x]'],
  ])('says once, and as it is written, that %s is refused', (written, field, expected) => {
    expect(problems(definition(`{ name: c, ${field} }`))).toMatchObject([
      { message: `${written} is refused here`, expected },
    ]);
  });

  it.each([
    ['512', '512 is 512 bytes: was "512Mi" meant?'],
    ['"512"', '512 is 512 bytes: was "512Mi" meant?'],
    ['2', '2 is 2 bytes: was "2Gi" meant?'],
    ['0.5', '0.5 is 1 byte'],
    ['512k', '512k is 512000 bytes'],
    ['3Mi', '3Mi is 3145728 bytes'],
  ])('refuses memory of %s, in which nothing runs', (memory, message) => {
    const found = problems(definition(`{ name: c, resources: { memory: ${memory} } }`));
    expect(found).toMatchObject([{ message, expected: 'at least 4Mi, as in "512Mi"' }]);
  });

  it.each(['4Mi', '32Mi', '8388608', '0.5Gi', '9Ei'])('takes memory of %s', (memory) => {
    const text = definition(`{ name: c, resources: { memory: "${memory}" } }`);
    expect(firstBuilt(parsed(text)).resources.memory).toBe(memory);
  });

  it('refuses storage that is too little for a file system', () => {
    const text = definition('{ name: c, resources: { ephemeralStorage: 10 } }');
    expect(problems(text)).toMatchObject([{ message: '10 is 10 bytes: was "10Gi" meant?' }]);
  });

  it('says what a missing mapping has to hold', () => {
    const text = definition('{ name: c }').replace(/metadata.*\n/, '');
    expect(problems(text)).toMatchObject([{ path: 'metadata', expected: 'a mapping with `name`' }]);
    const list = '- a\n';
    expect(problems(list)).toMatchObject([
      { expected: 'a mapping with `apiVersion`, `kind`, `metadata` and `spec`' },
    ]);
  });

  it('refuses other platforms, which no builder implements yet', () => {
    expect(problems(definition('{ name: c, platforms: [linux/arm64] }'))).toMatchObject([
      { expected: 'linux/amd64; other platforms are not implemented yet' },
    ]);
  });

  it.each([
    ['{ name: c, contxt: x }', '`context`?'],
    ['{ name: c, dockerFile: x }', '`dockerfile`?'],
    ['{ name: c, pushsecret: x }', '`pushSecret`?'],
    ['{ name: c, resources: { memroy: 1Gi } }', '`memory`?'],
    ['{ name: c, resources: { disk: 1Gi } }', 'one of cpu, memory, ephemeralStorage'],
  ])('asks what an unknown field was meant to be: %s', (container, expected) => {
    expect(problems(definition(container))).toMatchObject([{ expected }]);
  });

  it.each([
    ['upper case in a name', '{ name: Api }', 'name'],
    ['an underscore in a name', '{ name: a_b }', 'name'],
    ['a name of 64 characters', `{ name: ${'a'.repeat(64)} }`, 'name'],
    ['no name', '{ context: x }', 'name'],
    ['an absolute context', '{ name: c, context: /etc }', 'context'],
    ['a context above the repository', '{ name: c, context: a/../../b }', 'context'],
    ['a backslash in a path', '{ name: c, context: a\\b }', 'context'],
    ['an empty path', '{ name: c, context: "" }', 'context'],
    ['a Dockerfile that is a directory', '{ name: c, dockerfile: build/ }', 'dockerfile'],
    ['a Dockerfile above the context', '{ name: c, dockerfile: ../Dockerfile }', 'dockerfile'],
    ['http', '{ name: c, source: { git: "http://e.com/x", ref: m } }', 'source.git'],
    [
      'a token in the query',
      '{ name: c, source: { git: "https://e.com/x?t=1", ref: m } }',
      'source.git',
    ],
    [
      'a file URL with a host',
      '{ name: c, source: { git: "file://e.com/x", ref: m } }',
      'source.git',
    ],
    [
      'a file URL that climbs',
      '{ name: c, source: { git: "file:///a/%2e%2e/x", ref: m } }',
      'source.git',
    ],
    [
      'a ref that is an option',
      '{ name: c, source: { git: "https://e.com/x", ref: --all } }',
      'source.ref',
    ],
    [
      'a ref with a space',
      '{ name: c, source: { git: "https://e.com/x", ref: "a b" } }',
      'source.ref',
    ],
    ['half a source', '{ name: c, source: { git: "https://e.com/x" } }', 'source.ref'],
    ['a repository without host', '{ name: c, repository: shop/api }', 'repository'],
    ['a repository with tag', '{ name: c, repository: "e.com/shop:1" }', 'repository'],
    ['upper case in a repository', '{ name: c, repository: e.com/Shop }', 'repository'],
    ['a port beyond 65535', '{ name: c, repository: "e.com:70000/x" }', 'repository'],
    ['an image that is none', '{ name: c, image: "a b" }', 'image'],
    ['a tag beginning with a dot', '{ name: c, tags: [.x] }', 'tags[0]'],
    ['the reserved tag', `{ name: c, tags: [in-${'0'.repeat(64)}] }`, 'tags[0]'],
    ['a tag twice', '{ name: c, tags: [x, y, x] }', 'tags[2]'],
    ['a value for env', '{ name: c, env: [A=b] }', 'env[0]'],
    ['a hyphen in a build argument', '{ name: c, buildArgs: { a-b: x } }', 'buildArgs.a-b'],
    ['an unknown builder', '{ name: c, builder: docker }', 'builder'],
    [
      'a flag that is not allowed',
      '{ name: c, builderFlags: [--destination=x] }',
      'builderFlags[0]',
    ],
    [
      'a flag of another builder',
      '{ name: c, builder: buildah, builderFlags: [--use-new-run] }',
      'builderFlags[0]',
    ],
    ['a wrong quantity', '{ name: c, resources: { memory: 1GB } }', 'resources.memory'],
    ['no memory', '{ name: c, resources: { memory: "0" } }', 'resources.memory'],
    ['thousandths of a byte', '{ name: c, resources: { memory: 500m } }', 'resources.memory'],
    ['a timeout without unit', '{ name: c, timeouts: { build: "30" } }', 'timeouts.build'],
    ['no time', '{ name: c, timeouts: { build: 0s } }', 'timeouts.build'],
    ['more than a day', '{ name: c, timeouts: { queue: 25h } }', 'timeouts.queue'],
    ['an empty list', '{ name: c, tags: }', 'tags'],
    ['a build field beside image', '{ name: c, image: e.com/x, buildArgs: {} }', 'buildArgs'],
    ['arguments for no template', '{ name: c, templateArgs: { a: b } }', 'templateArgs'],
    ['a port of 0', '{ name: c, ports: [0] }', 'ports[0]'],
    [
      'Exists with a value',
      '{ name: c, tolerations: [{ operator: Exists, value: x }] }',
      'tolerations[0].value',
    ],
    ['Equal without key', '{ name: c, tolerations: [{ value: x }] }', 'tolerations[0]'],
  ])('refuses %s', (_, container, path) => {
    const found = problems(definition(container));
    expect(found.map((problem) => problem.path)).toEqual([
      path === '' ? 'spec.components[0].containers[0]' : `spec.components[0].containers[0].${path}`,
    ]);
    expect(found[0]?.line).toBeGreaterThanOrEqual(9);
    expect(found[0]?.expected).not.toBe('');
  });

  it.each([
    ['context: "C:/src"', 'the path names a drive'],
    ['context: C:\\src', 'the path has a backslash in it'],
    ['image: "https://e.com/x"', 'the image reference begins with https://, which none does'],
    ['repository: "http://e.com/x"', 'the image name begins with http://, which none does'],
    ['repository: "docker://e.com/x"', 'the image name begins with docker://, which none does'],
    ['context: https://e.com/x.git', 'the path is a URL'],
    ['context: ~/src', 'the path begins with a home directory'],
    [
      'image: e.com/X',
      'has a name "X" that is not lower-case letters, digits and single separators',
    ],
    ['image: "e.com/x@sha256:ab"', 'has a digest sha256:ab that is not sha256: and 64 hex digits'],
    ['image: "e.com:70000/x"', 'has a port 70000 that is not 1 to 65535'],
    ['tags: [""]', '"" is refused here'],
    ['platforms: []', 'an empty list is refused here'],
    ['target: "a\\u200bb"', '"a\\u200bb" is refused here'],
    ['source: { git: github.com/a/b, ref: m }', 'the address has no https:// in front'],
    ['source: { git: "git@e.com/a/b.git", ref: m }', 'the short form of ssh has a colon behind'],
  ])('says what is wrong with %s', (field, message) => {
    expect(problems(definition(`{ name: c, ${field} }`))).toMatchObject([
      { message: expect.stringContaining(message) },
    ]);
  });

  it.each([
    ['https://e.com/x', 'the registry begins with https://, which none does'],
    ['e.com/x:latest', 'the registry has a tag'],
    ['e.com:5000/Shop:1', 'the registry has a tag'],
    [`e.com/x@${digest}`, 'the registry has a digest'],
    ['e.com/Shop', 'the registry has upper-case letters'],
    ['shop', 'it names no registry host'],
    ['e.com/x/', 'the registry ends with a slash'],
    ['e.com//x', 'the registry has an empty part in its path'],
  ])('refuses the registry %s', (registry, message) => {
    const text = definition('{ name: c }').replace(/registry: .*/, `registry: "${registry}"`);
    const found = problems(text);
    expect(found).toMatchObject([{ path: 'spec.registry' }]);
    expect(found[0]?.message).toContain(message);
  });

  it('takes a registry with a port and a path', () => {
    for (const registry of ['e.com', 'e.com:5000', 'localhost', 'e.com:5000/a/b', '[::1]:5000/a']) {
      const text = definition('{ name: c }').replace(/registry: .*/, `registry: "${registry}"`);
      expect(firstBuilt(parsed(text)).repository).toBe(`${registry}/api-c`);
    }
  });

  it('refuses one repository for all containers at the second of them', () => {
    const text = definition('{ name: a }', '{ name: b }').replace(
      '  components:',
      '  defaults: { repository: e.com/all }\n  components:',
    );
    expect(problems(text)).toMatchObject([
      {
        line: 12,
        path: 'spec.components[0].containers[1].name',
        message: 'its image would be e.com/all, which is that of api/a',
        expected: 'a `repository` of its own, or none in `spec.defaults`',
      },
    ]);
  });

  it.each([
    ['builder: kaniko, pushSecret: a, pullSecret: b', '', 1],
    ['pushSecret: a, pullSecret: b', 'builder: kaniko', 1],
    ['builder: kaniko, pushSecret: a', 'pullSecret: b', 1],
    ['pushSecret: a, pullSecret: b', '', 0],
    ['builder: buildah, pushSecret: a, pullSecret: b', 'builder: kaniko', 0],
    ['builder: kaniko, pushSecret: a, pullSecret: a', '', 0],
  ])('kaniko takes one login, and %s (defaults: %s) has %d too many', (own, defaults, count) => {
    const text = definition(`{ name: c, ${own} }`).replace(
      '  components:',
      `  defaults: { ${defaults} }\n  components:`,
    );
    expect(problems(text)).toHaveLength(count);
    if (count === 0) return;
    expect(problems(text)).toMatchObject([
      { message: expect.stringContaining('one docker config') },
    ]);
  });

  it('refuses a version that is no tag', () => {
    for (const version of ['"1.0+build"', '1.10', '".1"']) {
      const text = definition('{ name: c }').replace('spec:', `spec:\n  version: ${version}`);
      expect(problems(text)).toMatchObject([{ path: 'spec.version', line: 5, column: 12 }]);
    }
  });

  it('refuses two containers of one name, init containers included', () => {
    const text = definition('{ name: a }').replace(
      '      containers:',
      '      initContainers: [{ name: a }]\n      containers:',
    );
    expect(problems(text)).toMatchObject([
      {
        path: 'spec.components[0].containers[0].name',
        message: 'there is a container "a" already',
      },
    ]);
  });

  it('refuses images of one name', () => {
    const text = `${definition('{ name: b-c }')}\n    - { name: api-b, containers: [{ name: c }] }`;
    expect(problems(text)).toMatchObject([
      {
        path: 'spec.components[1].containers[0].name',
        message: 'its image would be registry.example.com/shop/api-b-c, which is that of api/b-c',
      },
    ]);
    const override = definition(
      '{ name: a }',
      '{ name: b, repository: registry.example.com/shop/api-a }',
    );
    expect(problems(override)).toMatchObject([
      { path: 'spec.components[0].containers[1].repository' },
    ]);
  });

  it('refuses components without containers and applications without components', () => {
    const none = definition().replace('      containers:', '      containers: []');
    expect(problems(none)).toMatchObject([{ message: 'the component has no containers' }]);
    expect(problems(definition().replace(/components:[^]*/, 'components: []'))).toMatchObject([
      { path: 'spec.components', expected: 'at least one component' },
    ]);
  });

  it.each([
    ['nothing', '', 'the document is empty', 1],
    ['a comment alone', '# x\n', 'the document is empty', 1],
    ['two documents', 'a: 1\n---\nb: 2', 'a second YAML document begins here', 2],
    ['a key twice', 'a: 1\na: 2', '`a` is there already, in line 1', 2],
    ['a tag', 'kind: !x y', 'there is no tag `!x`', 1],
    ['a key that is a list', '? [a]\n: b', 'a mapping or a list is no name of a field', 1],
    ['a prototype', 'a:\n  __proto__: { b: c }', 'a key cannot be named __proto__', 2],
  ])('refuses %s', (_, text, message, line) => {
    expect(problems(text)[0]).toMatchObject({ message, line });
  });

  it('refuses aliases that multiply, cycles and what is too large', () => {
    const layers = ['a: &a0 [x, x]'];
    for (let layer = 1; layer < 30; layer += 1) {
      layers.push(`a${layer}: &a${layer} [*a${layer - 1}, *a${layer - 1}]`);
    }
    expect(problems(layers.join('\n'))[0]?.message).toMatch(/alias/);

    const cycle = definition('{ name: c }').replace(
      '- name: api',
      '- name: api\n      options: &o { o: *o }',
    );
    expect(problems(cycle)).toMatchObject([{ path: 'spec.components[0].options' }]);

    expect(problems(`# ${'x'.repeat(1024 * 1024)}`)[0]?.message).toMatch(/larger than/);

    const lines = Array.from({ length: 90 }, (_, index) => `{ name: c${index}, command: *long }`);
    const multiplied = definition(
      `{ name: c, command: &long ["${'x'.repeat(20_000)}"] }`,
      ...lines,
    );
    expect(problems(multiplied)[0]?.message).toMatch(/bytes large/);
  });

  it('refuses more containers than one build can have', () => {
    const components = (each: number) =>
      Array.from({ length: 11 }, (_, index) => ({
        name: `part-${index}`,
        containers: Array.from({ length: each }, (_each, of) => ({ name: `c-${of}` })),
      }));
    const spec = { registry: 'e.com/x', source: { git: 'https://e.com/x.git', ref: 'main' } };
    const text = (each: number) =>
      JSON.stringify({
        apiVersion: 'slipway/v1',
        kind: 'Application',
        metadata: { name: 'shop' },
        spec: { ...spec, components: components(each) },
      });
    expect(problems(text(90))).toEqual([]);
    expect(problems(text(91))).toEqual([
      expect.objectContaining({
        path: 'spec.components[10].containers[90]',
        message: expect.stringContaining('1001 containers') as string,
      }),
    ]);
  });

  it('refuses more containers than one component’s package can be made of', () => {
    const lines = (count: number) =>
      definition(...Array.from({ length: count }, (_, index) => `{ name: c${index} }`));
    expect(problems(lines(101))).toMatchObject([
      { path: 'spec.components[0].containers', expected: 'at most 100 containers' },
    ]);
    expect(containers(parsed(lines(100)))).toHaveLength(100);
  });

  it('never throws, and always says something, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const result = parseDefinition(text, { file: 'x' });
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
    );
    expect(problems(`a: ${'['.repeat(10_000)}`).length).toBeGreaterThan(0);
    expect(problems(`${'- '.repeat(3000)}x`).length).toBeGreaterThan(0);
  });

  it('never throws for any value where the schema has another, and places every problem in the text', () => {
    const paths = [
      'spec',
      'spec.components',
      'spec.components.0',
      'spec.components.0.containers',
      'spec.components.0.containers.0',
      'spec.components.0.containers.0.tags',
      'spec.components.0.containers.0.tolerations',
      'spec.source',
      'spec.defaults',
      'spec.components.0.containers.0.resources',
      'metadata',
    ];
    const base = {
      apiVersion: 'slipway/v1',
      kind: 'Application',
      metadata: { name: 'shop' },
      spec: {
        registry: 'e.com/x',
        source: { git: 'https://e.com/x', ref: 'm' },
        defaults: {},
        components: [
          { name: 'a', containers: [{ name: 'b', tags: [], tolerations: [], resources: {} }] },
        ],
      },
    };
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const text = JSON.stringify(replaceAt(base, path.split('.'), value), null, 1);
        const lines = text.split('\n');
        for (const problem of problems(text)) {
          expect(problem.line).toBeLessThanOrEqual(lines.length);
          expect(problem.column).toBeLessThanOrEqual(lines[problem.line - 1]!.length + 1);
        }
      }),
    );
  });

  it('gives every accepted container names that are legal wherever they are used', () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
    fc.assert(
      fc.property(name, name, (component, container) => {
        const text = definition(`{ name: "${container}" }`).replace(
          'name: api',
          `name: "${component}"`,
        );
        const result = parseDefinition(text, { file: 'x' });
        const legal = [component, container].every((label) =>
          /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label),
        );
        expect(result.ok).toBe(legal);
        if (!result.ok) return;
        const { repository } = firstBuilt(result.application);
        expect(repository).toMatch(/^registry\.example\.com\/shop\/[a-z0-9]+(?:-+[a-z0-9]+)*$/);
      }),
    );
  });
});

function replaceAt(
  value: unknown,
  [key, ...rest]: readonly string[],
  replacement: unknown,
): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      String(index) === key ? replaceAt(item, rest, replacement) : (item as unknown),
    );
  }
  const fields = value as Record<string, unknown>;
  return { ...fields, [key]: replaceAt(fields[key], rest, replacement) };
}
