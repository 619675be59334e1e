import { beforeAll, describe, expect, it } from 'vitest';
import { createCheckVersion } from '../../../activities/package/check-version.ts';
import type { Application, Component } from '../../../workflows/contract/application.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import {
  createInMemoryObjectStore,
  type InMemoryObjectStore,
} from '../../support/in-memory-object-store.ts';
import { build, builtContainer, buildThatSays, existingContainer } from './fixtures.ts';
import { components, publishApplication } from './published.ts';

const [api, web] = components as [Component, Component];
const [migrate, server, proxy] = api.containers as [
  Component['containers'][number],
  Component['containers'][number],
  Component['containers'][number],
];

let published: InMemoryObjectStore;
beforeAll(async () => {
  published = (await publishApplication({ version: '1.4.0' })).store;
});

function check(
  definition: Partial<Application> = {},
  store: InMemoryObjectStore = published,
): Promise<void> {
  const application = { name: 'shop', version: '1.4.0', maxParallel: 4, components, ...definition };
  const executions = buildThatSays({ definition: application });
  return createCheckVersion({ executions, store })({ ...build, application });
}

/** The definition with another component `api`. */
function withApi(change: Partial<Component>): Partial<Application> {
  return { components: [{ ...api, ...change }, web] };
}

function withServer(change: object): Partial<Application> {
  return withApi({ containers: [migrate, { ...server, ...change }, proxy] });
}

describe('checkVersion', () => {
  it.each<[string, Partial<Application>]>([
    ['the same definition', {}],
    ['the same in another order of components', { components: [web, api] }],
    ['a version that is free', { version: '2.0.0', components: [web] }],
    ['a derived version', { version: null, components: [web] }],
    // Only what they lead to counts, and that is not known yet.
    ['other inputs', withServer({ buildArgs: { MODE: 'debug' }, context: 'elsewhere' })],
  ])('lets %s go on', async (_, definition) => {
    await expect(check(definition)).resolves.toBeUndefined();
  });

  it.each<[string, Partial<Application>, string]>([
    ['type', withApi({ type: 'job' }), 'api: type published without it, now job'],
    [
      'options',
      withApi({ options: { replicas: 2 } }),
      'api: options published without it, now {"replicas":2}',
    ],
    [
      'order of containers',
      withApi({ containers: [migrate, proxy, server] }),
      'api: containers published ["server","proxy"], now ["proxy","server"]',
    ],
    [
      'init container less',
      withApi({ containers: [server, proxy] }),
      'api: initContainers published ["migrate"], now []',
    ],
    [
      'container more',
      withApi({ containers: [...api.containers, builtContainer('cron')] }),
      'api: containers published ["server","proxy"], now ["server","proxy","cron"]',
    ],
    [
      'carried field',
      withServer({ carried: { env: ['A', 'B'] } }),
      'api/server: env published ["DB_URL"], now ["A","B"]',
    ],
    [
      'carried field less',
      withServer({ carried: {} }),
      'api/server: env published ["DB_URL"], now without it',
    ],
    [
      'way to an image',
      withApi({ containers: [migrate, existingContainer('server', 'e.com/server:1'), proxy] }),
      'api/server: env published ["DB_URL"], now without it; api/server: kind published build, now existing',
    ],
    ['component less', { components: [api] }, 'web: published, now without it'],
    [
      'component more',
      { components: [...components, { ...web, name: 'jobs' }] },
      'jobs: published without it',
    ],
  ])('refuses another %s and says what was there', async (_, definition, difference) => {
    await expect(check(definition)).rejects.toMatchObject({
      type: 'VersionExists',
      nonRetryable: true,
      message: `shop 1.4.0 has been published with other content: ${difference}`,
    });
  });

  it('finds it as well where a component alone is published so far', async () => {
    const { store } = await publishApplication({ version: '1.4.0' });
    store.objects.delete('applications/shop/1.4.0.zip');
    await expect(check(withApi({ type: 'job' }), store)).rejects.toThrow('api: type published');
    await expect(check({ components: [api] }, store)).resolves.toBeUndefined();
  });

  it('names so many differences, and does not quote a long field in full', async () => {
    const command = Array.from({ length: 5_000 }, (_, index) => `word-${index}`);
    const many = Array.from({ length: 30 }, (_, index) => ({ ...web, name: `job${index}` }));
    const changed = { ...server, carried: { command } };
    const definition = {
      components: [{ ...api, containers: [migrate, changed, proxy] }, web, ...many],
    };
    await expect(check(definition)).rejects.toThrow(/job19: published without it; and 12 more$/);
    await expect(check(withServer({ carried: { command } }))).rejects.toThrow(
      /: command published without it, now \["word-0".{191}…; /,
    );
  });

  it.each([
    ['applications/shop/1.4.0.zip', 'is no application package'],
    ['components/shop/api/1.4.0.zip', 'what is published there is no component package'],
  ])('refuses what somebody else put at %s', async (object, words) => {
    const store = createInMemoryObjectStore();
    store.objects.set(object, Buffer.from('text'));
    await expect(check({}, store)).rejects.toMatchObject({
      type: 'VersionExists',
      message: expect.stringContaining(words) as string,
    });
  });

  it('does not take a store that is away for an answer', async () => {
    const store = createInMemoryObjectStore();
    store.get = () => Promise.reject(failure('StorageUnavailable', 'down'));
    await expect(check({}, store)).rejects.toMatchObject({ type: 'StorageUnavailable' });
  });
});
