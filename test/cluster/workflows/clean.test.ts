import { expect, test } from 'vitest';
import {
  finishedComponentQuery,
  packagesQuery,
  summaryQuery,
} from '../../../workflows/contract/messages.ts';
import {
  applicationOf,
  builtContainer,
  existingContainer,
  names,
} from '../../support/workflows/applications.ts';
import { containersOf, endOf, resultOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { eventsOf } from '../../support/workflows/histories.ts';
import { hold } from '../../support/workflows/hold.ts';
import {
  digestOf,
  finalFailure,
  packageOf,
  podTimes,
  standInActivities,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();

test.concurrent(
  'a clean build ends with every image, the packages and the attempts that made them',
  async () => {
    const standIn = standInActivities();
    const migrate = builtContainer('api', 'migrate', { init: true, tags: [] });
    await using build = await temporal.build(
      standIn,
      applicationOf({ api: [migrate, 'server', existingContainer('proxy')], web: ['site'] }),
    );

    expect(await endOf(build.handle)).toEqual({
      kind: 'succeeded',
      value: { version: '1.4.0', package: packageOf('applications/shop/1.4.0.zip') },
    });
    expect(standIn.livePods.size).toBe(0);
    const built = (component: string, name: string, change: object = {}): object => ({
      name,
      init: false,
      status: 'built',
      image: `registry.test/shop/${component}-${name}@${digestOf(`${component}/${name}`)}`,
      digest: digestOf(`${component}/${name}`),
      tags: ['latest'],
      inputDigest: digestOf(`input ${digestOf(`${component}/${name}`)}`),
      attempts: [
        {
          generation: 0,
          pod: `${component}-${name}-0`,
          outcome: 'succeeded',
          failureType: null,
          reason: null,
          decision: 'done',
          ...podTimes,
        },
      ],
      failure: null,
      ...change,
    });
    const proxy = digestOf('registry.test/proxy:1');
    expect(await resultOf(build.handle)).toEqual({
      buildId: build.handle.workflowId,
      application: 'shop',
      version: '1.4.0',
      status: 'succeeded',
      package: packageOf('applications/shop/1.4.0.zip'),
      components: [
        {
          name: 'api',
          status: 'succeeded',
          package: packageOf('components/shop/api/1.4.0.zip'),
          containers: [
            built('api', 'migrate', { init: true, tags: [] }),
            built('api', 'server'),
            {
              name: 'proxy',
              init: false,
              status: 'existing',
              image: `registry.test/proxy@${proxy}`,
              digest: proxy,
              tags: [],
              inputDigest: null,
              attempts: [],
              failure: null,
              why: { verdict: 'existing', changes: [] },
            },
          ],
        },
        {
          name: 'web',
          status: 'succeeded',
          package: packageOf('components/shop/web/1.4.0.zip'),
          containers: [built('web', 'site')],
        },
      ],
    });
  },
);

test.concurrent(
  'packages get what the containers became, and a derived version comes back',
  async () => {
    const standIn = standInActivities();
    const application = applicationOf(
      { api: ['server', existingContainer('proxy')] },
      { version: null },
    );
    await using build = await temporal.build(standIn, application);
    await endOf(build.handle);

    const input = (activity: string): unknown =>
      standIn.calls.find((call) => call.activity === activity)?.input;
    const context = digestOf('api/server');
    const server = {
      name: 'server',
      image: `registry.test/shop/api-server@${context}`,
      digest: context,
      commit: digestOf('main').slice(7, 47),
      inputDigest: digestOf(`input ${context}`),
      rendered: {
        context: { object: `contexts/${context.slice(7)}.tar.gz`, digest: context, size: 10_240 },
        dockerfile: {
          object: `dockerfiles/${digestOf(`Dockerfile ${context}`).slice(7)}`,
          digest: digestOf(`Dockerfile ${context}`),
        },
        bases: [{ name: 'debian:12', digest: digestOf('debian:12') }],
        builder: { name: 'buildah', image: `registry.test/buildah@${digestOf('buildah')}` },
        inputDigest: digestOf(`input ${context}`),
      },
      attempts: [expect.objectContaining({ generation: 0, outcome: 'succeeded' })],
    };
    const proxy = {
      name: 'proxy',
      image: `registry.test/proxy@${digestOf('registry.test/proxy:1')}`,
      digest: digestOf('registry.test/proxy:1'),
      commit: null,
      inputDigest: null,
      rendered: null,
      attempts: [],
    };
    const { handle } = build;
    const identity = {
      buildId: handle.workflowId,
      runId: (await handle.describe()).runId,
      application: { name: 'shop', version: null },
    };
    expect(input('assembleComponent')).toEqual({ ...identity, component: 'api' });
    expect(await handle.query(finishedComponentQuery, 'api')).toEqual({
      component: application.components[0],
      containers: [server, proxy],
    });
    expect(input('assembleApplication')).toEqual(identity);
    expect(await handle.query(packagesQuery)).toEqual([
      {
        name: 'api',
        version: '0.0.0-derived',
        package: packageOf('components/shop/api/0.0.0-derived.zip'),
      },
    ]);
    expect((await resultOf(build.handle)).version).toBe('0.0.0-derived');
  },
);

test.concurrent(
  'what rendering learns reaches the proof, the container’s result and its warnings',
  async () => {
    const why = {
      verdict: 'build',
      changes: [{ what: 'base image', name: 'debian:12', from: 'sha256:a', to: 'sha256:b' }],
    } as const;
    const record = { object: 'inputs/shop/api/server.json', inputs: {} as never };
    const standIn = standInActivities({
      renderDockerfile: async (input, usual) => ({
        ...(await usual(input)),
        why,
        record,
        warnings: ['Dockerfile:1: look'],
      }),
      createBuildPod: async (input, usual) => ({
        ...(await usual(input)),
        warnings: ['no cache today', 'Dockerfile:1: look'],
      }),
      awaitBuildPod: async (input, usual) => {
        const outcome = await usual(input);
        return outcome.kind === 'failed' ? outcome : { ...outcome, warnings: ['cache is slow'] };
      },
    });
    await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));
    await endOf(build.handle);

    const input = (activity: string): unknown =>
      standIn.calls.find((call) => call.activity === activity)?.input;
    expect(input('renderDockerfile')).toMatchObject({
      identity: { application: 'shop', component: 'api', version: '1.4.0' },
    });
    expect(input('verifyImage')).toMatchObject({ record });
    expect(containersOf(await resultOf(build.handle))['api/server']?.why).toEqual(why);
    expect((await build.handle.query(summaryQuery)).warnings).toEqual([
      'api/server: Dockerfile:1: look',
      'api/server: no cache today',
      'api/server: cache is slow',
    ]);
  },
);

test.concurrent('sources are resolved once for each repository and ref', async () => {
  const standIn = standInActivities();
  const other = { git: 'https://git.test/other.git', ref: 'v2' };
  await using build = await temporal.build(
    standIn,
    applicationOf({
      api: ['server', 'worker', builtContainer('api', 'cron', { source: other })],
    }),
  );
  await endOf(build.handle);

  const inputs = standIn.calls.filter(
    ({ activity, edge }) => activity === 'resolveSources' && edge === 'begin',
  );
  expect(inputs.map(({ input }) => input)).toEqual([
    { sources: [{ git: 'https://git.test/shop.git', ref: 'main' }, other] },
  ]);
  const fetched = standIn.calls.find(({ subject }) => subject === 'api/cron')?.input;
  expect(fetched).toMatchObject({ source: { ...other, commit: digestOf('v2').slice(7, 47) } });
});

test.concurrent(
  'hundreds of sources are resolved in several calls, for small payloads',
  async () => {
    const standIn = standInActivities({
      // What comes after it is not of interest.
      resolveSources: () => {
        throw finalFailure('SourceNotFound', 'no such repository');
      },
    });
    const containers = names('container', 120).map((name) =>
      builtContainer('api', name, { source: { git: `https://git.test/${name}.git`, ref: 'main' } }),
    );
    await using build = await temporal.build(standIn, applicationOf({ api: containers }));
    await endOf(build.handle);

    const calls = standIn.calls.filter(({ edge }) => edge === 'begin');
    const sizes = calls.flatMap(({ activity, input }) =>
      activity === 'resolveSources'
        ? [(input as { sources: readonly object[] }).sources.length]
        : [],
    );
    expect(sizes.toSorted((a, b) => a - b)).toEqual([20, 50, 50]);
  },
);

test.concurrent.for([
  ['1.4.0', ['checkVersion shop']],
  [null, []],
] as const)('the version %s is looked up before anything is fetched', async ([version, asked]) => {
  const standIn = standInActivities();
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: ['server'], web: ['site'] }, { version }),
  );
  await endOf(build.handle);
  expect(standIn.begun('checkVersion', 'fetchSource').slice(0, asked.length)).toEqual(asked);
  expect(standIn.begun('checkVersion')).toEqual(asked);
});

test.concurrent(
  'a version with another definition keeps every container from its start',
  async () => {
    const standIn = standInActivities({
      checkVersion: () => {
        throw finalFailure('VersionExists', '1.4.0 has been published with other content');
      },
    });
    await using build = await temporal.build(standIn, applicationOf({ api: ['server', 'worker'] }));

    expect(await endOf(build.handle)).toMatchObject({ kind: 'failed', type: 'VersionExists' });
    expect(standIn.begun('fetchSource', 'createBuildPod')).toEqual([]);
    const containers = containersOf(await resultOf(build.handle));
    expect(Object.values(containers)).toMatchObject([
      { status: 'skipped', failure: { type: 'VersionExists' } },
      { status: 'skipped', failure: { type: 'VersionExists' } },
    ]);
  },
);

test.concurrent(
  'a component is assembled with its last container, the application after all components',
  async () => {
    const slow = hold();
    const standIn = standInActivities({
      awaitBuildPod: async (input, usual) => {
        if (input.attempt.component === 'web') await slow.wait();
        return usual(input);
      },
      assembleComponent: async (input, usual) => {
        if (input.component === 'api') slow.release();
        return usual(input);
      },
    });
    await using build = await temporal.build(
      standIn,
      applicationOf({ api: ['migrate', 'server'], web: ['site'] }, { version: null }),
    );
    await endOf(build.handle);

    // web cannot go on before api is assembled: without that, this build would not have ended.
    expect(standIn.begun('assembleComponent', 'assembleApplication')).toEqual([
      'assembleComponent api',
      'assembleComponent web',
      'assembleApplication shop',
    ]);
  },
);

test.concurrent('a component whose containers end together is assembled once', async () => {
  const together = hold();
  const standIn = standInActivities({
    verifyExistingImage: async (input, usual) => {
      await together.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: names('proxy', 12).map(existingContainer) }, { maxParallel: 12 }),
  );
  await together.reached(12);
  together.release();
  await endOf(build.handle);

  expect(standIn.begun('assembleComponent')).toEqual(['assembleComponent api']);
});

test.concurrent(
  'a clean container build costs at most 45 events in the child and 12 in the parent',
  async () => {
    const eventsWith = async (count: number): Promise<{ parent: number; child: number }> => {
      await using build = await temporal.build(
        standInActivities(),
        applicationOf({ api: names('server', count) }, { maxParallel: 1 }),
      );
      await endOf(build.handle);
      return {
        parent: (await eventsOf(build.handle)).length,
        child: (await eventsOf(build.child('api', 'server0'))).length,
      };
    };
    const [few, more] = await Promise.all([eventsWith(1), eventsWith(5)]);

    expect(few.child).toBeLessThanOrEqual(45);
    expect(more.child).toBeLessThanOrEqual(45);
    expect((more.parent - few.parent) / 4).toBeLessThanOrEqual(12);
  },
);
