import { expect, test } from 'vitest';
import type { ForceSelection } from '../../../workflows/contract/build.ts';
import { finishedComponentQuery } from '../../../workflows/contract/messages.ts';
import { applicationOf, existingContainer } from '../../support/workflows/applications.ts';
import { containersOf, endOf, resultOf, statusesOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import {
  digestOf,
  finalFailure,
  standInActivities,
  type Script,
  type StandIn,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();

/** A registry that holds an image for the inputs of every container. */
const allBuilt: Script = {
  renderDockerfile: async (input, usual) => ({
    ...(await usual(input)),
    unchanged: input.force ? null : digestOf(`earlier ${input.container.context}`),
  }),
};

test.concurrent('an image with the same inputs is tagged and packaged, not built', async () => {
  const standIn = standInActivities(allBuilt);
  await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));

  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  const digest = digestOf('earlier api/server');
  expect(containersOf(await resultOf(build.handle))['api/server']).toEqual({
    name: 'server',
    init: false,
    status: 'unchanged',
    image: `registry.test/shop/api-server@${digest}`,
    digest,
    tags: ['latest'],
    inputDigest: digestOf(`input ${digestOf('api/server')}`),
    attempts: [],
    failure: null,
  });
  expect(inputsOf(standIn, 'verifyImage')).toEqual([
    { repository: 'registry.test/shop/api-server', digest, tags: ['latest'], secret: 'push' },
  ]);
  expect(standIn.begun('createBuildPod', 'deleteBuildPod')).toEqual([]);
  expect(await build.handle.query(finishedComponentQuery, 'api')).toMatchObject({
    containers: [{ digest }],
  });
});

const forced: readonly (readonly [string, ForceSelection, readonly string[]])[] = [
  ['all', 'all', ['api/server', 'api/worker', 'web/server']],
  [
    'a selection',
    [
      { component: 'web', container: 'server' },
      { component: 'api', container: 'worker' },
      { component: 'web', container: 'worker' },
    ],
    ['api/worker', 'web/server'],
  ],
];

test.concurrent.for(forced)('forcing %s builds just that', async ([, force, built]) => {
  const standIn = standInActivities(allBuilt);
  const application = applicationOf({ api: ['server', 'worker'], web: ['server'] });
  await using build = await temporal.build(standIn, application, force);
  await endOf(build.handle);

  const statuses = statusesOf(await resultOf(build.handle));
  expect(Object.keys(statuses).filter((name) => statuses[name] === 'built')).toEqual(built);
  expect(standIn.begun('createBuildPod').toSorted()).toEqual(
    built.map((name) => `createBuildPod ${name}`),
  );
  expect(Object.values(statuses)).toHaveLength(3);
  expect(Object.values(statuses).filter((status) => status === 'unchanged')).toHaveLength(
    3 - built.length,
  );
});

test.concurrent(
  'an existing image needs no source; one that is missing fails its container',
  async () => {
    const standIn = standInActivities({
      verifyExistingImage: async (input, usual) => {
        if (input.container.name === 'gone') throw finalFailure('BaseImageNotFound', 'no gone:1');
        return usual(input);
      },
    });
    await using build = await temporal.build(
      standIn,
      applicationOf({ api: [existingContainer('proxy'), existingContainer('gone')] }),
    );

    expect(await endOf(build.handle)).toEqual({
      kind: 'failed',
      type: 'BaseImageNotFound',
      message: '1 of 2 containers failed (api/gone); api/gone: no gone:1',
    });
    expect(statusesOf(await resultOf(build.handle))).toEqual({
      'api/proxy': 'existing',
      'api/gone': 'failed',
    });
    expect(standIn.begun('resolveSources', 'fetchSource', 'createBuildPod')).toEqual([]);
  },
);

function inputsOf(standIn: StandIn, activity: string): readonly unknown[] {
  return standIn.calls
    .filter((call) => call.activity === activity && call.edge === 'begin')
    .map(({ input }) => input);
}
