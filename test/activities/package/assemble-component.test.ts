import { beforeEach, describe, expect, it } from 'vitest';
import { createAssembleComponent } from '../../../activities/package/assemble-component.ts';
import type { ComponentContents } from '../../../activities/package/component-package.ts';
import type { Registry } from '../../../activities/registry/registry.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import {
  createInMemoryObjectStore,
  type InMemoryObjectStore,
} from '../../support/in-memory-object-store.ts';
import {
  build,
  buildThatSays,
  builtContainer,
  commit,
  component,
  digestOf,
  dockerfileObject,
  dockerfileOf,
  entryText,
  existingContainer,
  finishedContainer,
  openArchive,
  packageRef,
  runner,
  wrongSums,
} from './fixtures.ts';

const migrate = builtContainer('migrate', { init: true, carried: { args: ['up'] } });
const server = builtContainer('server', {
  carried: { command: ['/server'], env: ['DB_URL'], ports: [8080] },
  pushSecret: 'other-push',
});
const proxy = existingContainer('proxy', 'registry.example.com/proxy');
const containers = [migrate, server, proxy];
const input: ComponentContents = {
  application: { name: 'shop', version: '1.4.0+7' },
  component: component(containers, { type: 'service', options: { z: [{ b: 1, a: 2 }], a: null } }),
  containers: containers.map((container) => finishedContainer(container)),
};
const object = 'components/shop/api/1.4.0+7.zip';

let store: InMemoryObjectStore;
let tagged: string[];
/** What happens while tags are set, in a test that wants it to. */
let whileTagging: () => void;

const registry: Pick<Registry, 'tag'> = {
  tag: async (repository, digest, tag, secret) => {
    whileTagging();
    tagged.push(`${repository}:${tag} ${digest} ${secret}`);
  },
};

beforeEach(() => {
  store = createInMemoryObjectStore();
  tagged = [];
  whileTagging = () => {};
  for (const { name } of [migrate, server]) {
    store.objects.set(dockerfileObject(name), Buffer.from(dockerfileOf(name)));
  }
});

function assemble(changes: Partial<ComponentContents> = {}) {
  const { application, ...finished } = { ...input, ...changes };
  const executions = buildThatSays({ components: [finished] });
  const run = createAssembleComponent({ executions, store, registry, ...runner });
  return run({ ...build, application, component: finished.component.name });
}

function published(): Buffer {
  const content = store.objects.get(object);
  if (content === undefined) throw new Error(`nothing at ${object}`);
  return content;
}

describe('assembleComponent', () => {
  it('publishes the package under its version and says so', async () => {
    const output = await assemble();
    expect(output).toEqual({
      name: 'api',
      version: '1.4.0+7',
      package: packageRef(object, published()),
      tags: ['1.4.0_7'],
    });
  });

  it('describes the component with every image by digest', async () => {
    await assemble();
    const text = await entryText(published(), 'component.json');
    const [migrated, served, proxied] = input.containers;
    expect(JSON.parse(text)).toEqual({
      schemaVersion: 1,
      application: 'shop',
      name: 'api',
      version: '1.4.0+7',
      type: 'service',
      options: { a: null, z: [{ a: 2, b: 1 }] },
      initContainers: [
        {
          name: 'migrate',
          image: `registry.example.com/shop/api-migrate@${migrated!.digest}`,
          digest: migrated!.digest,
          commit,
          inputDigest: migrated!.inputDigest,
          dockerfile: 'dockerfiles/migrate.Dockerfile',
          args: ['up'],
        },
      ],
      containers: [
        {
          name: 'server',
          image: `registry.example.com/shop/api-server@${served!.digest}`,
          digest: served!.digest,
          commit,
          inputDigest: served!.inputDigest,
          dockerfile: 'dockerfiles/server.Dockerfile',
          command: ['/server'],
          env: ['DB_URL'],
          ports: [8080],
        },
        {
          name: 'proxy',
          image: `registry.example.com/proxy@${proxied!.digest}`,
          digest: proxied!.digest,
          commit: null,
          inputDigest: null,
          dockerfile: null,
        },
      ],
    });
  });

  it('holds the rendered Dockerfiles and sums that are right', async () => {
    await assemble();
    const entries = await openArchive(published());
    expect(entries.map(({ path }) => path)).toEqual([
      'SHA256SUMS',
      'component.json',
      'dockerfiles/migrate.Dockerfile',
      'dockerfiles/server.Dockerfile',
    ]);
    expect(await entryText(published(), 'dockerfiles/server.Dockerfile')).toBe(
      dockerfileOf('server'),
    );
    expect(await wrongSums(published())).toEqual([]);
  });

  it('gives the same bytes whatever the order of containers and of keys', async () => {
    const first = await assemble();
    store.objects.delete(object);
    const options = { a: null, z: [{ a: 2, b: 1 }] };
    const carried = { ports: [8080], env: ['DB_URL'], command: ['/server'] };
    const second = await assemble({
      component: {
        ...input.component,
        options,
        containers: [migrate, { ...server, carried }, proxy],
      },
      containers: input.containers.toReversed(),
    });
    expect(second.package).toEqual(first.package);
  });

  it('gives every built image the version as a tag, with its own Secret, and no existing one', async () => {
    await assemble({ component: { ...input.component, containers: [proxy, migrate, server] } });
    expect(tagged).toEqual([
      `registry.example.com/shop/api-migrate:1.4.0_7 ${input.containers[0]!.digest} push`,
      `registry.example.com/shop/api-server:1.4.0_7 ${input.containers[1]!.digest} other-push`,
    ]);
  });

  it('moves no tag before the version is published', async () => {
    const publishedBefore: boolean[] = [];
    whileTagging = () => void publishedBefore.push(store.objects.has(object));
    await assemble();
    expect(publishedBefore).toEqual([true, true]);
  });

  it('moves no tag when the package cannot be published', async () => {
    store.putIfAbsent = () => Promise.reject(failure('StorageUnavailable', 'down'));
    await expect(assemble()).rejects.toMatchObject({ type: 'StorageUnavailable' });
    expect(tagged).toEqual([]);
  });

  it('finishes the tags when it is run again after one could not be set', async () => {
    whileTagging = () => {
      if (tagged.length === 1) throw failure('RegistryUnavailable', 'down');
    };
    await expect(assemble()).rejects.toMatchObject({ type: 'RegistryUnavailable' });
    const first = published();
    expect(tagged).toHaveLength(1);
    whileTagging = () => {};
    tagged = [];
    expect(await assemble()).toMatchObject({ package: { object }, tags: ['1.4.0_7'] });
    expect(tagged).toHaveLength(2);
    expect(published()).toBe(first);
  });

  it('fails with what the registry says of a tag that is fixed', async () => {
    whileTagging = () => {
      throw failure('TagImmutable', 'the tag is fixed');
    };
    await expect(assemble()).rejects.toMatchObject({ type: 'TagImmutable' });
  });

  it('derives a version where none is given', async () => {
    const { version, package: ref } = await assemble({
      application: { name: 'shop', version: null },
    });
    expect(version).toMatch(/^0\.0\.0-g1234567890\.i[0-9a-f]{8}$/);
    expect(ref.object).toBe(`components/shop/api/${version}.zip`);
    expect(JSON.parse(await entryText(store.objects.get(ref.object)!, 'component.json'))).toEqual(
      expect.objectContaining({ version }),
    );
  });

  it('is content with the same package published before', async () => {
    const first = await assemble();
    expect(await assemble()).toEqual(first);
  });

  it('refuses a version that is published with another image, and moves no tag', async () => {
    await assemble();
    const before = published();
    tagged = [];
    const rebuilt = input.containers.with(1, finishedContainer(server, 'b'));
    const repository = 'registry.example.com/shop/api-server';
    await expect(assemble({ containers: rebuilt })).rejects.toMatchObject({
      type: 'VersionExists',
      nonRetryable: true,
      message:
        `${object} has been published with other content: server: ` +
        `published ${repository}@${input.containers[1]!.digest}, now ${repository}@${rebuilt[1]!.digest}`,
    });
    expect(tagged).toEqual([]);
    expect(published()).toBe(before);
  });

  it('refuses it as well when another worker publishes it a moment before', async () => {
    await assemble();
    const theirs = published();
    store.objects.delete(object);
    tagged = [];
    const putIfAbsent = store.putIfAbsent.bind(store);
    store.putIfAbsent = (...write) => {
      store.objects.set(object, theirs);
      return putIfAbsent(...write);
    };
    const rebuilt = input.containers.with(0, finishedContainer(migrate, 'b'));
    await expect(assemble({ containers: rebuilt })).rejects.toMatchObject({
      type: 'VersionExists',
      message: expect.stringContaining('migrate: published '),
    });
    expect(published()).toBe(theirs);
    expect(tagged).toEqual([]);
  });

  it('names the entries that differ where the images do not', async () => {
    await assemble();
    await expect(
      assemble({ component: { ...input.component, type: 'job' } }),
    ).rejects.toMatchObject({
      type: 'VersionExists',
      message: expect.stringMatching(/the images are the same.*: component\.json$/),
    });
  });

  it('names containers that came or went', async () => {
    await assemble();
    const fewer = { ...input.component, containers: [migrate, server] };
    await expect(assemble({ component: fewer })).rejects.toMatchObject({
      message: expect.stringContaining(
        `proxy: published ${input.containers[2]!.image}, now without it`,
      ),
    });
  });

  it.each([
    ['text', Buffer.from('not a zip')],
    ['nothing', Buffer.alloc(0)],
  ])('refuses a version whose place holds %s', async (_, content) => {
    store.objects.set(object, content);
    await expect(assemble()).rejects.toMatchObject({
      type: 'VersionExists',
      message: expect.stringContaining('no package of this kind'),
    });
  });

  it('gives other images of the same inputs a version of their own', async () => {
    const application = { name: 'shop', version: null };
    const first = await assemble({ application });
    const digest = digestOf('the same inputs, another result');
    const containers = input.containers.with(1, {
      ...input.containers[1]!,
      digest,
      image: `${server.repository}@${digest}`,
    });
    tagged = [];
    const second = await assemble({ application, containers });
    expect(second).toMatchObject({
      version: expect.stringMatching(/^0\.0\.0-g[0-9a-f]{10}\.i[0-9a-f]{8}\.o[0-9a-f]{8}$/),
      tags: [second.version],
      warnings: [expect.stringContaining(`than ${first.version} was published with`)],
    });
    expect(tagged).toContain(`${server.repository}:${second.version} ${digest} other-push`);
    expect(store.objects.get(first.package.object)).toBeDefined();
    expect(await assemble({ application, containers })).toEqual(second);
    expect(await assemble({ application })).toEqual(first);
  });

  it.each([
    ['not the one that was rendered', 'FROM evil\n'],
    ['gone', null],
  ])('refuses a Dockerfile that is %s', async (_, content) => {
    if (content === null) store.objects.delete(dockerfileObject('server'));
    else store.objects.set(dockerfileObject('server'), Buffer.from(content));
    await expect(assemble()).rejects.toMatchObject({
      type: 'ContextCorrupted',
      nonRetryable: true,
      message: expect.stringContaining(dockerfileObject('server')),
    });
    expect(tagged).toEqual([]);
  });

  it('fails before anything else when the version cannot be a tag', async () => {
    await expect(
      assemble({ application: { name: 'shop', version: '../../x' } }),
    ).rejects.toMatchObject({ type: 'InvalidDefinition' });
    expect(tagged).toEqual([]);
  });
});
