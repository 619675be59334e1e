import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRenderDockerfile } from '../../../activities/dockerfile/render-dockerfile.ts';
import { writeInputs } from '../../../activities/dockerfile/recorded-inputs.ts';
import type {
  RenderDockerfileInput,
  RenderDockerfileOutput,
} from '../../../workflows/contract/activities.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { inputTag } from '../../../workflows/contract/ids.ts';
import { definition, firstBuilt, parsed } from '../../definition/definitions.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { createInMemoryRegistry } from '../../support/in-memory-registry.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const debian = `sha256:${'d'.repeat(64)}`;
const tool = `sha256:${'e'.repeat(64)}`;
const built = `sha256:${'f'.repeat(64)}`;
const kaniko = `e.com/kaniko@sha256:${'1'.repeat(64)}`;
const buildah = `e.com/buildah@sha256:${'2'.repeat(64)}`;
const repository = 'registry.example.com/shop/api-c';

interface Setup {
  readonly store: ReturnType<typeof createInMemoryObjectStore>;
  readonly registry: ReturnType<typeof createInMemoryRegistry>;
  /** Names of Secrets that are not there. */
  readonly missing: Set<string>;
  readonly render: (
    container: string,
    change?: Partial<RenderDockerfileInput>,
  ) => Promise<RenderDockerfileOutput>;
  readonly stored: (output: RenderDockerfileOutput) => string | undefined;
}

async function setup(files: Readonly<Record<string, string>>): Promise<Setup> {
  const directory = await temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const store = createInMemoryObjectStore();
  const registry = createInMemoryRegistry();
  registry.images.set('docker.io/library/debian:12', debian);
  registry.images.set('docker.io/org/tool:1', tool);
  const missing = new Set<string>();
  const requireSecret = (name: string): void => {
    if (missing.has(name)) throw failure('SecretNotFound', `there is no Secret ${name}`);
  };
  const renderDockerfile = createRenderDockerfile({
    trees: { withTree: async (_, use) => use(directory) },
    store,
    registry,
    secrets: {
      requireRegistryUse: async (name) => requireSecret(name),
      requireBuildUse: async (name) => requireSecret(name),
    },
    settings: { defaultBuilder: 'kaniko', builderImages: { kaniko, buildah } },
  });
  return {
    store,
    registry,
    missing,
    render: (container, change = {}) => {
      const chosen = firstBuilt(parsed(definition(container)));
      return renderDockerfile({
        source: { ...chosen.source, commit: 'a'.repeat(40) },
        container: chosen,
        context: { object: 'contexts/x.tar.gz', digest: `sha256:${'0'.repeat(64)}`, size: 1 },
        force: false,
        ...change,
      });
    },
    stored: (output) => store.objects.get(output.dockerfile.object)?.toString(),
  };
}

describe('renderDockerfile', () => {
  it('renders, pins and keeps the Dockerfile', async () => {
    const { render, stored } = await setup({
      'services/api/Dockerfile.hbs':
        'FROM {{base}} AS s\nCOPY --from=org/tool:1 /x /y\nFROM s\nRUN echo "é"\n',
    });
    const output = await render(
      '{ name: c, context: services/api, dockerfile: Dockerfile.hbs, templateArgs: { base: "debian:12" } }',
    );
    const text = `FROM docker.io/library/debian@${debian} AS s\nCOPY --from=docker.io/org/tool@${tool} /x /y\nFROM s\nRUN echo "é"\n`;
    const hex = createHash('sha256').update(text).digest('hex');
    expect(stored(output)).toBe(text);
    expect(output).toEqual({
      dockerfile: { object: `dockerfiles/${hex}`, digest: `sha256:${hex}` },
      bases: [
        { name: 'debian:12', digest: debian },
        { name: 'org/tool:1', digest: tool },
      ],
      builder: { name: 'kaniko', image: kaniko },
      inputDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      unchanged: null,
      warnings: [],
    });
  });

  it('bounds what travels on: warnings, and images', async () => {
    const adds = Array.from({ length: 30 }, (_, index) => `ADD https://e.com/${index} /x\n`);
    const many = await setup({ Dockerfile: `FROM debian:12\n${adds.join('')}` });
    const { warnings } = await many.render('{ name: c }');
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe('… and 10 more warnings');

    const images = Array.from({ length: 51 }, (_, index) => `FROM e.com/image:${index}\n`);
    const { render } = await setup({ Dockerfile: images.join('') });
    await expect(render('{ name: c }')).rejects.toMatchObject({
      type: 'DockerfileInvalid',
      message: 'Dockerfile uses 51 images; at most 50 are expected',
    });
  });

  it('counts the ids of build-time secrets, not the Secrets, and warns of those that do not fit', async () => {
    const { render } = await setup({
      Dockerfile: 'FROM debian:12\nRUN --mount=type=secret,id=npmrc npm ci\n',
    });
    const without = await render('{ name: c }');
    expect(without.warnings).toEqual([expect.stringMatching(/^Dockerfile:2: .* secret npmrc/)]);
    const one = await render('{ name: c, secrets: [{ id: npmrc, secret: a, key: x }] }');
    const other = await render('{ name: c, secrets: [{ id: npmrc, secret: b, key: y }] }');
    expect(one.warnings).toEqual([]);
    expect(one.inputDigest).toBe(other.inputDigest);
    expect(one.inputDigest).not.toBe(without.inputDigest);
  });

  it.each([
    ['push', 'pushSecret: gone'],
    ['pull', 'pullSecret: gone'],
    ['build-time', 'secrets: [{ id: x, secret: gone, key: y }]'],
  ])(
    'refuses a %s Secret that is not there, where there is something to build',
    async (_, field) => {
      const { render, registry, missing } = await setup({ Dockerfile: 'FROM scratch\nCOPY . /\n' });
      const { inputDigest } = await render(`{ name: c, ${field} }`);
      missing.add('gone');
      await expect(render(`{ name: c, ${field} }`)).rejects.toMatchObject({
        type: 'SecretNotFound',
      });
      registry.images.set(`${repository}:${inputTag(inputDigest)}`, built);
      expect(await render(`{ name: c, ${field} }`)).toMatchObject({ unchanged: built });
    },
  );

  it('is the same with and without a layer cache that leaves the image as it is', async () => {
    const { render } = await setup({ Dockerfile: 'FROM debian:12\n' });
    const { inputDigest } = await render('{ name: c }');
    const cached = await render('{ name: c, cache: { repository: cache.example.com/a } }');
    expect(cached).toMatchObject({ inputDigest, warnings: [] });
  });

  it('leaves a file that is no template as it is, braces and all', async () => {
    const text = '# {{x}}\r\nFROM scratch\r\nCOPY {{#if}} /\r\n';
    const { render, stored } = await setup({ Dockerfile: text });
    expect(stored(await render('{ name: c }'))).toBe(text);
  });

  it('finds the image that the same inputs led to, unless forced', async () => {
    const { render, registry } = await setup({ Dockerfile: 'FROM debian:12\n' });
    const container = '{ name: c, pushSecret: push }';
    const { inputDigest } = await render(container);
    registry.images.set(`${repository}:${inputTag(inputDigest)}`, built);
    expect(await render(container)).toMatchObject({ inputDigest, unchanged: built });
    expect(registry.asked.at(-1)).toEqual({
      reference: `${repository}:${inputTag(inputDigest)}`,
      secret: 'push',
    });
    expect(await render(container, { force: true })).toMatchObject({
      inputDigest,
      unchanged: null,
    });
    expect(await render('{ name: c, buildArgs: { X: y } }')).toMatchObject({ unchanged: null });
  });

  it('says what changed since the image that was proved last', async () => {
    const { render, registry, store } = await setup({ Dockerfile: 'FROM debian:12\nARG MODE\n' });
    const identity = { application: 'shop', component: 'api', version: null };
    const first = await render('{ name: c }', { identity });
    expect(first.why).toEqual({
      verdict: 'build',
      changes: [{ what: 'new', from: null, to: null }],
    });
    const { record } = first;
    expect(record).toMatchObject({
      object: 'inputs/shop/api/c.json',
      inputs: { commit: 'a'.repeat(40), inputDigest: first.inputDigest, bases: first.bases },
    });
    if (record === undefined) throw new TypeError('no record');
    await writeInputs(store, record);

    registry.images.set('docker.io/library/debian:12', tool);
    const moved = await render('{ name: c, buildArgs: { MODE: x } }', { identity, force: true });
    expect(moved.why?.changes).toEqual([
      { what: 'arguments', name: 'MODE', from: null, to: 'x' },
      { what: 'base image', name: 'debian:12', from: debian, to: tool },
      { what: 'forced', from: null, to: null },
    ]);
    registry.images.set('docker.io/library/debian:12', debian);
    expect((await render('{ name: c }', { identity })).why?.changes).toMatchObject([
      { what: 'missing' },
    ]);
    registry.images.set(`${repository}:${inputTag(first.inputDigest)}`, built);
    expect(await render('{ name: c }', { identity })).toMatchObject({
      unchanged: built,
      why: { verdict: 'unchanged', changes: [] },
      record,
    });
  });

  it('has other inputs when a base has moved', async () => {
    const { render, registry } = await setup({ Dockerfile: 'FROM debian:12\n' });
    const before = await render('{ name: c }');
    registry.images.set('docker.io/library/debian:12', tool);
    expect((await render('{ name: c }')).inputDigest).not.toBe(before.inputDigest);
  });

  it('never calls what fetches a URL unchanged', async () => {
    const { render, registry } = await setup({
      Dockerfile: 'FROM scratch\nADD https://e.com/x /x\n',
    });
    const { inputDigest, warnings } = await render('{ name: c }');
    registry.images.set(`${repository}:${inputTag(inputDigest)}`, built);
    const identity = { application: 'shop', component: 'api', version: null };
    expect(await render('{ name: c }', { identity })).toMatchObject({
      unchanged: null,
      why: { changes: [{ what: 'new' }, { what: 'uncacheable' }] },
    });
    expect(warnings).toHaveLength(1);
  });

  it('asks for each base once, with the pull Secret or else the push Secret', async () => {
    const { render, registry } = await setup({
      Dockerfile: 'FROM e.com/a:1\nCOPY --from=e.com/a:1 /x /y\nFROM e.com/a:1\n',
    });
    registry.images.set('e.com/a:1', debian);
    registry.secrets.set('e.com/a:1', 'pull');
    await render('{ name: c, builder: buildah, pullSecret: pull, pushSecret: push }', {
      force: true,
    });
    registry.secrets.set('e.com/a:1', 'push');
    await render('{ name: c, pushSecret: push }', { force: true });
    expect(registry.asked).toEqual([
      { reference: 'e.com/a:1', secret: 'pull' },
      { reference: 'e.com/a:1', secret: 'push' },
    ]);
  });

  it('asks without a login where the Secret is for other hosts', async () => {
    const { render, registry } = await setup({ Dockerfile: 'FROM debian:12\n' });
    expect(await render('{ name: c, pullSecret: pull }')).toMatchObject({
      bases: [{ digest: debian }],
    });
    registry.secrets.set('docker.io/library/debian:12', 'other');
    await expect(render('{ name: c, pullSecret: pull }')).rejects.toMatchObject({
      type: 'SecretNotFound',
    });
    await expect(render('{ name: c }')).rejects.toMatchObject({ type: 'BaseImageDenied' });
  });

  it('tells which line names a base that does not exist', async () => {
    const { render } = await setup({ Dockerfile: '\nFROM debain:12\n' });
    await expect(render('{ name: c }')).rejects.toMatchObject({
      type: 'BaseImageNotFound',
      nonRetryable: true,
      message:
        'Dockerfile:2: there is no image debain:12 that can be read (asked for docker.io/library/debain:12)',
    });
  });

  it('finds out that an image with a digest does not exist', async () => {
    const { render, registry } = await setup({ Dockerfile: `FROM debian:12@${tool}\n` });
    expect(await render('{ name: c }')).toMatchObject({
      bases: [{ name: `debian:12@${tool}`, digest: tool }],
    });
    registry.resolve = async () => null;
    await expect(render('{ name: c }')).rejects.toMatchObject({ type: 'BaseImageNotFound' });
  });

  it('warns of a base that cannot be had and is not needed', async () => {
    const { render, registry, stored } = await setup({
      Dockerfile: 'FROM gone AS one\nFROM secret AS two\nFROM debian:12 AS three\n',
    });
    registry.secrets.set('docker.io/library/secret:latest', 'other');
    const output = await render('{ name: c, target: three }');
    expect(output.warnings).toHaveLength(2);
    expect(output.bases).toEqual([{ name: 'debian:12', digest: debian }]);
    expect(stored(output)).toContain('FROM gone AS one\nFROM secret AS two\nFROM docker.io/');
    await expect(render('{ name: c, target: one }')).rejects.toMatchObject({
      type: 'BaseImageNotFound',
    });
  });

  it('refuses what does not fit into a Pod', async () => {
    const { render, store } = await setup({
      Dockerfile: `FROM scratch\n# ${'x'.repeat(200 * 1024)}\n`,
    });
    await expect(render('{ name: c }')).rejects.toMatchObject({ type: 'DockerfileInvalid' });
    expect(store.objects.size).toBe(0);
  });

  it('reads nothing of what does not fit', async () => {
    const { render } = await setup({ Dockerfile: `FROM scratch\nRUM ${'x'.repeat(200 * 1024)}\n` });
    await expect(render('{ name: c }')).rejects.toMatchObject({
      type: 'DockerfileInvalid',
      message: expect.stringMatching(/^Dockerfile has \d+ bytes after rendering; at most 204800/),
    });
  });

  it.each([
    ['SourceNotFound', '{ name: c, dockerfile: nope }', 'there is no file nope in the repository'],
    [
      'TemplateInvalid',
      '{ name: c, template: handlebars, templateArgs: { a: b } }',
      'Dockerfile: the argument a is not used',
    ],
    ['DockerfileInvalid', '{ name: c, target: nope }', 'Dockerfile has no stage "nope"'],
  ])('fails with %s for %s', async (type, container, message) => {
    const { render } = await setup({ Dockerfile: 'FROM scratch\n' });
    await expect(render(container)).rejects.toMatchObject({
      type,
      nonRetryable: true,
      message: expect.stringContaining(message) as string,
    });
  });
});
