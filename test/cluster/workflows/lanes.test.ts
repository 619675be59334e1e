import { expect, test } from 'vitest';
import { failurePolicies } from '../../../workflows/contract/failures.ts';
import { applicationOf, names } from '../../support/workflows/applications.ts';
import { containersOf, endOf, resultOf, statusesOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { hold } from '../../support/workflows/hold.ts';
import {
  finalFailure,
  packageOf,
  podsFailing,
  standInActivities,
  type Call,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();

test.concurrent.for([1, 3])('at most %i containers are built at once', async (maxParallel) => {
  const full = hold();
  const standIn = standInActivities({
    awaitBuildPod: async (input, usual) => {
      await full.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: names('a', 3), web: names('b', 2) }, { maxParallel }),
  );
  await full.reached(maxParallel);
  full.release();

  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  expect(mostAtOnce(standIn.calls)).toBe(maxParallel);
});

test.concurrent('a failed container leaves its siblings alone and fails the build', async () => {
  const standIn = standInActivities(podsFailing({ 'api/server': ['BuildCommandFailed'] }));
  await using build = await temporal.build(
    standIn,
    applicationOf(
      { api: ['migrate', 'server', 'worker'], web: ['site'] },
      { maxParallel: 1, version: null },
    ),
  );

  expect(await endOf(build.handle)).toEqual({
    kind: 'failed',
    type: 'BuildCommandFailed',
    message: '1 of 4 containers failed (api/server); api/server: scripted BuildCommandFailed',
  });
  const result = await resultOf(build.handle);
  expect(result).toMatchObject({ status: 'failed', package: null });
  expect(statusesOf(result)).toEqual({
    'api/migrate': 'built',
    'api/server': 'failed',
    'api/worker': 'built',
    'web/site': 'built',
  });
  expect(containersOf(result)['api/server']).toMatchObject({
    image: null,
    digest: null,
    failure: {
      type: 'BuildCommandFailed',
      message: 'scripted BuildCommandFailed',
      hint: failurePolicies.BuildCommandFailed.hint,
      log: 'last line of the log',
    },
  });
  // The component that is complete is packaged, the other one and the application are not.
  expect(standIn.begun('assembleComponent', 'assembleApplication')).toEqual([
    'assembleComponent web',
  ]);
  expect(result.components.map(({ name, status, package: made }) => [name, status, made])).toEqual([
    ['api', 'failed', null],
    ['web', 'succeeded', packageOf('components/shop/web/0.0.0-derived.zip')],
  ]);
  expect(standIn.livePods.size).toBe(0);
});

test.concurrent('an explicit version is not used up by a build that fails', async () => {
  const standIn = standInActivities(podsFailing({ 'api/server': ['BuildCommandFailed'] }));
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: ['server'], web: ['site'] }, { version: '1.4.0' }),
  );

  expect(await endOf(build.handle)).toMatchObject({ type: 'BuildCommandFailed' });
  const result = await resultOf(build.handle);
  expect(statusesOf(result)).toEqual({ 'api/server': 'failed', 'web/site': 'built' });
  expect(standIn.begun('assembleComponent', 'assembleApplication')).toEqual([]);
  expect(result.components.map(({ name, package: made }) => [name, made])).toEqual([
    ['api', null],
    ['web', null],
  ]);
});

test.concurrent(
  'a build with several failures has the type of the first and names all',
  async () => {
    const standIn = standInActivities(
      podsFailing({ 'api/server': ['DockerfileInvalid'], 'web/site': ['OutOfMemory'] }),
    );
    await using build = await temporal.build(
      standIn,
      applicationOf({ api: ['server'], web: ['site'] }, { maxParallel: 1 }),
    );

    expect(await endOf(build.handle)).toEqual({
      kind: 'failed',
      type: 'DockerfileInvalid',
      message:
        '2 of 2 containers failed (api/server, web/site); api/server: scripted DockerfileInvalid',
    });
  },
);

test.concurrent('a ref that is not there ends the build before any container', async () => {
  const standIn = standInActivities({
    resolveSources: () => {
      throw finalFailure('SourceNotFound', 'no ref main in https://git.test/shop.git');
    },
  });
  await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));

  expect(await endOf(build.handle)).toEqual({
    kind: 'failed',
    type: 'SourceNotFound',
    message: 'no ref main in https://git.test/shop.git',
  });
  expect(statusesOf(await resultOf(build.handle))).toEqual({ 'api/server': 'skipped' });
  expect(standIn.begun('fetchSource', 'createBuildPod')).toEqual([]);
});

test.concurrent.for(['assembleComponent', 'assembleApplication'] as const)(
  'a version that is published with other content fails the build in %s',
  async (activity) => {
    const refuse = (): never => {
      throw finalFailure('VersionExists', '1.4.0 has other content');
    };
    const standIn = standInActivities({ [activity]: refuse });
    await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));

    const end = await endOf(build.handle);
    expect(end).toMatchObject({ kind: 'failed', type: 'VersionExists' });
    expect(end).toHaveProperty('message', expect.stringContaining('1.4.0 has other content'));
    const result = await resultOf(build.handle);
    expect(statusesOf(result)).toEqual({ 'api/server': 'built' });
    expect(result).toMatchObject({ status: 'failed', package: null });
  },
);

/** Containers between their first activity and their last one. */
function mostAtOnce(calls: readonly Call[]): number {
  const open = new Set<string>();
  let most = 0;
  for (const { activity, subject, edge } of calls) {
    if (activity === 'fetchSource' && edge === 'begin') open.add(subject);
    if (activity === 'deleteBuildPod' && edge === 'end') open.delete(subject);
    most = Math.max(most, open.size);
  }
  return most;
}
