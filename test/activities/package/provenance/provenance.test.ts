import { beforeAll, describe, expect, it } from 'vitest';
import { createAssembleApplication } from '../../../../activities/package/assemble-application.ts';
import { createAssembleComponent } from '../../../../activities/package/assemble-component.ts';
import { componentProvenance } from '../../../../activities/package/provenance/component-provenance.ts';
import { createInMemoryObjectStore } from '../../../support/in-memory-object-store.ts';
import {
  build,
  buildThatSays,
  builderImage,
  builtContainer,
  commit,
  component,
  digestOf,
  dockerfileObject,
  dockerfileOf,
  finishedComponent,
  finishedContainer,
  runner,
} from '../fixtures.ts';
import {
  components,
  publishApplication,
  statementOf,
  storedStatement,
  type Published,
} from '../published.ts';
import { publishedStatement } from './published-shape.ts';

const hexOf = (text: string) => digestOf(text).slice('sha256:'.length);
const server = builtContainer('server');

let shop: Published;
beforeAll(async () => {
  shop = await publishApplication();
});

function component0() {
  const [api] = shop.components;
  return api!.package;
}

describe('a statement as it is stored', () => {
  it.each([
    ['a component', () => component0()],
    ['an application', () => shop.package],
  ])('of %s has the shape that in-toto and SLSA publish', (_, ref) => {
    const result = publishedStatement.safeParse(storedStatement(shop.store, ref()));
    expect(result.error?.issues).toBeUndefined();
  });

  it.each([
    ['an unknown field', (one: Record<string, unknown>) => ({ ...one, extra: 1 })],
    ['no subject', (one: Record<string, unknown>) => ({ ...one, subject: [] })],
  ])('the shape itself refuses %s', (_, change) => {
    const stored = storedStatement(shop.store, shop.package) as Record<string, unknown>;
    expect(publishedStatement.safeParse(change(stored)).success).toBe(false);
  });
});

describe('componentProvenance', () => {
  it('is about the package and every image built in it, not about an existing one', () => {
    const { object, sha256 } = component0();
    expect(statementOf(shop.store, component0()).subject).toEqual([
      { name: object, digest: { sha256 } },
      {
        name: 'registry.example.com/shop/api-migrate',
        digest: { sha256: hexOf('image migrate a') },
      },
      { name: 'registry.example.com/shop/api-server', digest: { sha256: hexOf('image server a') } },
    ]);
  });

  it('has every material by digest, once, with the containers that it went into', () => {
    const { resolvedDependencies } = statementOf(shop.store, component0()).predicate
      .buildDefinition;
    const both = ['api/migrate', 'api/server'];
    expect(resolvedDependencies).toEqual([
      {
        name: 'busybox:1.36',
        uri: `pkg:oci/busybox@sha256%3A${hexOf('busybox')}?repository_url=docker.io/library/busybox`,
        digest: { sha256: hexOf('busybox') },
        annotations: { role: 'base image', containers: both },
      },
      {
        name: builderImage,
        uri: `pkg:oci/buildah@sha256%3A${hexOf('buildah')}?repository_url=registry.example.com:5000/tools/buildah`,
        digest: { sha256: hexOf('buildah') },
        annotations: { role: 'builder', builder: 'buildah', containers: both },
      },
      {
        name: `contexts/${hexOf('context a')}.tar.gz`,
        digest: { sha256: hexOf('context a') },
        mediaType: 'application/x-tar',
        annotations: { role: 'context', containers: both },
      },
      {
        name: 'registry.example.com/proxy:2',
        uri: `pkg:oci/proxy@sha256%3A${hexOf('image proxy a')}?repository_url=registry.example.com/proxy`,
        digest: { sha256: hexOf('image proxy a') },
        annotations: { role: 'image', containers: ['api/proxy'] },
      },
      {
        uri: `git+https://git.example.com/shop.git@${commit}`,
        digest: { gitCommit: commit },
        annotations: { role: 'source', ref: 'main', containers: both },
      },
    ]);
  });

  it('says who ran it, when, and every attempt with its end', () => {
    const { runDetails } = statementOf(shop.store, component0()).predicate;
    expect(runDetails.builder).toEqual({
      id: 'slipway:installation/test',
      version: { slipway: expect.stringMatching(/^\d+\.\d+\.\d+/) as string },
    });
    expect(runDetails.metadata).toEqual({
      invocationId: 'shop/b1',
      startedOn: '2026-11-22T10:00:00.000Z',
      finishedOn: '2026-11-22T10:05:00.000Z',
    });
    const attempts = runDetails.byproducts.filter(({ name }) => name?.startsWith('logs/') === true);
    expect(attempts.map(({ uri }) => uri)).toEqual([
      'slipway:logs/shop/b1/api/migrate/0',
      'slipway:logs/shop/b1/api/migrate/1',
      'slipway:logs/shop/b1/api/server/0',
      'slipway:logs/shop/b1/api/server/1',
    ]);
    expect(attempts[2]?.annotations).toEqual({
      role: 'attempt',
      containers: ['api/server'],
      generation: 0,
      pod: 'server-0',
      outcome: 'failed',
      failureType: 'NodeLost',
      decision: 'retry',
      startedAt: '2026-11-22T10:00:00.000Z',
      finishedAt: '2026-11-22T10:00:30.000Z',
    });
    expect(runDetails.byproducts).toContainEqual({
      name: 'api/dockerfiles/server.Dockerfile',
      digest: { sha256: digestOf(dockerfileOf('server')).slice(7) },
      annotations: { role: 'dockerfile', containers: ['api/server'] },
    });
  });

  it('has what the definition says, Secrets by name, and no evidence that quotes a log', () => {
    const { externalParameters } = statementOf(shop.store, component0()).predicate.buildDefinition;
    expect(externalParameters).toMatchObject({
      application: 'shop',
      component: 'api',
      version: '1.4.0',
      containers: [
        { name: 'migrate', init: true, source: server.source, dockerfile: 'Dockerfile' },
        { name: 'server', init: false, pushSecret: 'push', pullSecret: 'bases' },
        { name: 'proxy', init: false, image: 'registry.example.com/proxy:2' },
      ],
    });
    expect(JSON.stringify(storedStatement(shop.store, component0()))).not.toContain('evidence');
  });

  it.each([
    ['used again', [], true],
    ['built', undefined, false],
  ])('tells an image that was %s', (_, attempts, reused) => {
    const finished = finishedContainer(server);
    const contents = {
      application: { name: 'shop', version: null },
      component: component([server]),
      containers: [attempts === undefined ? finished : { ...finished, attempts }],
    };
    const facts = { buildId: 'shop/b2', installation: 'test', release: '1.0.0', now: 0 };
    const ref = { object: 'components/shop/api/1.zip', sha256: hexOf('package') };
    const { predicate } = componentProvenance(contents, '1', ref, facts);
    const { image, inputDigest } = finished;
    expect(predicate.buildDefinition.internalParameters).toEqual({
      version: '1',
      containers: [{ name: 'server', image, inputDigest, reused }],
    });
    expect('startedOn' in predicate.runDetails.metadata).toBe(!reused);
  });
});

describe('applicationProvenance', () => {
  it('is about its own package and all images of its components', () => {
    const { object, sha256 } = shop.package;
    expect(statementOf(shop.store, shop.package).subject.map(({ name }) => name)).toEqual([
      object,
      'registry.example.com/shop/api-migrate',
      'registry.example.com/shop/api-server',
      'registry.example.com/shop/web-site',
    ]);
    expect(statementOf(shop.store, shop.package).subject[0]?.digest).toEqual({ sha256 });
  });

  it('has the materials of all components, and their packages', () => {
    const { resolvedDependencies } = statementOf(shop.store, shop.package).predicate
      .buildDefinition;
    const source = resolvedDependencies.find(({ annotations }) => annotations?.role === 'source');
    expect(source?.annotations?.containers).toEqual(['api/migrate', 'api/server', 'web/site']);
    const packages = shop.components.map(({ package: { object, sha256 } }) => ({
      name: object,
      digest: { sha256 },
      annotations: { role: 'component package' },
    }));
    expect(resolvedDependencies).toEqual(expect.arrayContaining(packages));
  });

  it('has every attempt, and names the statements that it was made of', () => {
    const { byproducts } = statementOf(shop.store, shop.package).predicate.runDetails;
    expect(byproducts.filter(({ annotations }) => annotations?.role === 'attempt')).toHaveLength(6);
    for (const { package: ref } of shop.components) {
      expect(byproducts).toContainEqual({
        name: ref.provenance,
        digest: { sha256: digestOf(shop.store.objects.get(ref.provenance!)!).slice(7) },
        mediaType: 'application/vnd.in-toto+json',
        annotations: { role: 'component provenance', invocationId: 'shop/b1' },
      });
    }
  });

  it('tells which earlier build a component is from', async () => {
    const { store } = await publishApplication({ version: null, buildId: 'shop/first' });
    const again = await publishApplication({ version: null, buildId: 'shop/second', store });
    // The application's package itself is the first build's as well: so is its statement.
    store.objects.delete(again.package.object);
    store.objects.delete(again.package.provenance!);
    const second = await publishApplication({ version: null, buildId: 'shop/second', store });
    const { metadata, byproducts } = statementOf(store, second.package).predicate.runDetails;
    expect(metadata).toEqual({
      invocationId: 'shop/second',
      finishedOn: '2026-11-22T10:05:00.000Z',
    });
    const origins = byproducts
      .filter(({ annotations }) => annotations?.role === 'component provenance')
      .map(({ annotations }) => annotations?.['invocationId']);
    expect(origins).toEqual(['shop/first', 'shop/first']);
  });

  it.each([
    ['gone', null],
    ['no statement', 'text'],
    ['of another package', 'other'],
  ])('refuses a component whose statement is %s', async (_, content) => {
    const { store, components: outputs } = await publishApplication();
    const [api, web] = outputs;
    const key = api!.package.provenance!;
    if (content === null) store.objects.delete(key);
    else if (content === 'text') store.objects.set(key, Buffer.from('text'));
    else store.objects.set(key, store.objects.get(web!.package.provenance!)!);
    const application = { name: 'shop', version: '1.4.0' };
    const executions = buildThatSays({ packages: outputs });
    const assembled = createAssembleApplication({ executions, store, ...runner })({
      ...build,
      application,
    });
    await expect(assembled).rejects.toMatchObject({
      type: 'ContextCorrupted',
      nonRetryable: true,
      message: expect.stringContaining(key),
    });
  });
});

describe('publication', () => {
  const input = { ...build, application: { name: 'shop', version: '1.0.0' }, component: 'api' };

  function setup() {
    const store = createInMemoryObjectStore();
    store.objects.set(dockerfileObject('server'), Buffer.from(dockerfileOf('server')));
    const registry = { tag: async () => {} };
    const assembleOf = (seed: string) => {
      const executions = buildThatSays({
        components: [finishedComponent(component([server]), seed)],
      });
      return createAssembleComponent({ executions, store, registry, ...runner });
    };
    return { store, assemble: assembleOf('a'), assembleOther: assembleOf('b') };
  }

  it('never shows a package without its provenance', async () => {
    const { store, assemble } = setup();
    const order: string[] = [];
    const putIfAbsent = store.putIfAbsent.bind(store);
    store.putIfAbsent = (...write) => {
      order.push(write[0].replace(/^.*\./, ''));
      return putIfAbsent(...write);
    };
    await assemble(input);
    expect(order).toEqual(['json', 'zip']);
  });

  it('keeps the first statement about the same bytes', async () => {
    const { store, assemble } = setup();
    const first = await assemble(input);
    const before = store.objects.get(first.package.provenance!);
    expect(await assemble({ ...input, buildId: 'shop/b2' })).toEqual(first);
    expect(store.objects.get(first.package.provenance!)).toBe(before);
  });

  it('has the build in the statement and not in the package', async () => {
    const { store, assemble } = setup();
    const { package: ref } = await assemble(input);
    expect(store.objects.get(ref.provenance!)!.includes('shop/b1')).toBe(true);
    expect(store.objects.get(ref.object)!.includes('shop/b1')).toBe(false);
  });

  it('leaves no statement of a package that cannot be published', async () => {
    const { store, assemble, assembleOther } = setup();
    await assemble(input);
    const keys = [...store.objects.keys()];
    await expect(assembleOther(input)).rejects.toMatchObject({ type: 'VersionExists' });
    expect([...store.objects.keys()]).toEqual(keys);
  });

  it('writes the statement that a package of an older release lacks', async () => {
    const { store, assemble } = setup();
    const { package: ref } = await assemble(input);
    store.objects.delete(ref.provenance!);
    await assemble(input);
    expect(store.objects.has(ref.provenance!)).toBe(true);
  });
});

describe('a whole application', () => {
  it('has the same packages whoever builds it', async () => {
    const other = await publishApplication({ buildId: 'shop/another' });
    expect(other.package).toEqual(shop.package);
    expect(other.components).toEqual(shop.components);
    expect(components).toHaveLength(2);
  });
});
