import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { provePackages } from '../../../cli/demo/prove-build.ts';
import { parseSettings } from '../../../worker/config.ts';
import { connectServices, type Services } from '../../../worker/services.ts';
import type { BuildResult, ContainerResult } from '../../../workflows/contract/build.ts';
import { containerOf, useInstallation } from '../../support/product/installation.ts';
import { plantedSecret } from '../../support/product/planted-values.ts';
import type { TestRepository } from '../../support/git-repository.ts';

const installation = useInstallation('application');
const environment = inject('environment');
const secret = environment.registry.secretName;

let services: Services;
let source: TestRepository;
beforeAll(async () => {
  services = await connectServices(parseSettings(installation().settings));
  source = await installation().repository();
  await source.commit({
    'api/Dockerfile': 'FROM {{ base }}\nARG MODE\nRUN echo "$MODE" > /mode\nCOPY greeting /\n',
    'api/Dockerfile.migrate': 'FROM busybox\nCOPY greeting /migrate\n',
    'api/greeting': 'hello\n',
    'web/Dockerfile':
      'FROM busybox AS build\nRUN echo page > /page\nFROM scratch\nCOPY --from=build /page /\n',
    'README.md': 'for people\n',
  });
});
afterAll(() => services.close());

const definition = () => ({
  name: 'shop',
  source: source.url,
  // The login is read, and a value beside it that must not turn up anywhere.
  defaults: { pushSecret: plantedSecret, pullSecret: plantedSecret },
  containers: {
    'api/migrate': { init: true, context: 'api', dockerfile: 'Dockerfile.migrate' },
    'api/server': {
      context: 'api',
      template: 'placeholder',
      templateArgs: { base: 'busybox' },
      buildArgs: { MODE: 'release' },
      tags: ['latest', 'stable'],
    },
    'web/site': { context: 'web' },
    'web/proxy': { image: 'busybox:latest' },
  },
});

const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const version = expect.stringMatching(/^0\.0\.0-g[0-9a-f]{10}\.i[0-9a-f]{8}$/);

function built(component: string, name: string, tags: readonly string[]): ContainerResult {
  return {
    name,
    init: name === 'migrate',
    status: 'built',
    image: expect.stringMatching(
      new RegExp(`^${installation().registry}/shop/${component}-${name}@sha256:[0-9a-f]{64}$`),
    ),
    digest,
    tags: [...tags, version],
    inputDigest: digest,
    attempts: [
      {
        generation: 0,
        pod: expect.stringMatching(new RegExp(`^bld-${name}-[0-9a-f]{16}-0$`)),
        outcome: 'succeeded',
        failureType: null,
        reason: null,
        decision: 'done',
        startedAt: time,
        finishedAt: time,
      },
    ],
    failure: null,
    // What was built last may be another test's application of the same name.
    why: { verdict: 'build', changes: expect.any(Array) },
  };
}

const packageOf = (kind: string, name: string) => ({
  object: expect.stringMatching(
    new RegExp(`^${kind}/${name}/0\\.0\\.0-g[0-9a-f]{10}\\.i[0-9a-f]{8}\\.zip$`),
  ),
  sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  provenance: expect.stringMatching(
    new RegExp(`^${kind}/${name}/.*\\.i[0-9a-f]{8}\\.[0-9a-f]{12}\\.intoto\\.json$`),
  ),
});

/** What each container came to, with the number of its Pods. */
function summaryOf(result: BuildResult): Readonly<Record<string, string>> {
  return Object.fromEntries(
    result.components.flatMap(({ name, containers }) =>
      containers.map((container) => [
        `${name}/${container.name}`,
        `${container.status}, ${container.attempts.length} attempts`,
      ]),
    ),
  );
}

function imagesOf({ components }: BuildResult): readonly (string | null)[] {
  return components.flatMap(({ containers }) => containers.map(({ image }) => image));
}

describe('an application', () => {
  let first: BuildResult;

  test('comes out as images and packages, told in the contract’s words', async () => {
    first = await installation().build(definition());

    expect(first).toEqual({
      buildId: expect.stringMatching(/^shop\/\d{8}-\d{6}-[a-z0-9]{6}$/),
      application: 'shop',
      version,
      status: 'succeeded',
      components: [
        {
          name: 'api',
          status: 'succeeded',
          package: packageOf('components/shop', 'api'),
          containers: [built('api', 'migrate', []), built('api', 'server', ['latest', 'stable'])],
        },
        {
          name: 'web',
          status: 'succeeded',
          package: packageOf('components/shop', 'web'),
          containers: [
            built('web', 'site', []),
            {
              name: 'proxy',
              init: false,
              status: 'existing',
              image: expect.stringMatching(/^docker\.io\/library\/busybox@sha256:[0-9a-f]{64}$/),
              digest,
              tags: [],
              inputDigest: null,
              attempts: [],
              failure: null,
              why: { verdict: 'existing', changes: [] },
            },
          ],
        },
      ],
      package: packageOf('applications', 'shop'),
    } satisfies BuildResult);
    expect(installation().pods.ofBuild(first.buildId)).toHaveLength(3);
  });

  test('is in the registry by digest and by every tag', async () => {
    const { image, digest: proved, tags } = containerOf(first, 'api/server');
    const repository = image?.split('@')[0];
    expect(await services.registry.resolve(image ?? '', secret)).toBe(proved);
    const byTag = tags.map((tag) => services.registry.resolve(`${repository}:${tag}`, secret));
    expect(await Promise.all(byTag)).toEqual(tags.map(() => proved));
  });

  test('has packages whose sums hold', async () => {
    expect(await provePackages(first, services.store)).toMatchObject({ packages: 3 });
  });

  test('built again is unchanged, without a Pod', async () => {
    const again = await installation().build(definition());
    expect(summaryOf(again)).toEqual({
      'api/migrate': 'unchanged, 0 attempts',
      'api/server': 'unchanged, 0 attempts',
      'web/site': 'unchanged, 0 attempts',
      'web/proxy': 'existing, 0 attempts',
    });
    expect(imagesOf(again)).toEqual(imagesOf(first));
    expect(again.package).toEqual(first.package);
    expect(installation().pods.ofBuild(again.buildId)).toEqual([]);
  });

  test('is rebuilt where it is forced to be, with the same digest', async () => {
    const forced = await installation().build(definition(), {
      force: [{ component: 'api', container: 'migrate' }],
    });
    expect(summaryOf(forced)).toMatchObject({
      'api/migrate': 'built, 1 attempts',
      'api/server': 'unchanged, 0 attempts',
      'web/site': 'unchanged, 0 attempts',
    });
    expect(imagesOf(forced)).toEqual(imagesOf(first));
    expect(installation().pods.ofBuild(forced.buildId)).toHaveLength(1);
  });

  test('is rebuilt where an edit touches a context, and nowhere else', async () => {
    await source.commit({ 'web/Dockerfile': 'FROM busybox\nRUN echo other > /page\n' });
    const edited = await installation().build(definition());
    expect(summaryOf(edited)).toEqual({
      'api/migrate': 'unchanged, 0 attempts',
      'api/server': 'unchanged, 0 attempts',
      'web/site': 'built, 1 attempts',
      'web/proxy': 'existing, 0 attempts',
    });
    expect(edited.version).not.toBe(first.version);
    expect(containerOf(edited, 'web/site').digest).not.toBe(containerOf(first, 'web/site').digest);
    expect(installation().pods.ofBuild(edited.buildId)).toHaveLength(1);
  });

  test('is unchanged after an edit that no context holds', async () => {
    await source.commit({ 'README.md': 'for other people\n' });
    const edited = await installation().build(definition());
    expect(summaryOf(edited)).toMatchObject({ 'web/site': 'unchanged, 0 attempts' });
    expect(installation().pods.ofBuild(edited.buildId)).toEqual([]);
  });

  test('is another version where the same inputs give another image', async () => {
    await source.commit({
      'web/Dockerfile': 'FROM busybox\nRUN head -c 16 /dev/urandom > /page\n',
    });
    const once = await installation().build(definition());
    const again = await installation().build(definition(), { force: 'all' });
    expect(again.version).not.toBe(once.version);
    const [api, web] = again.components.map(({ package: ref }) => ref?.object);
    const [apiBefore, webBefore] = once.components.map(({ package: ref }) => ref?.object);
    expect(api).toBe(apiBefore);
    expect(web?.replace(/\.o[0-9a-f]{8}\.zip$/, '.zip')).toBe(webBefore);
    expect(web).not.toBe(webBefore);
    const adopted = await installation().build(definition());
    expect(adopted.package).toEqual(again.package);
  });
});
