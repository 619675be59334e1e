import { expect, test } from 'vitest';
import type { Activities } from '../../../workflows/contract/activities.ts';
import { applicationOf } from '../../support/workflows/applications.ts';
import { containersOf, endOf, resultOf, statusesOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { hold } from '../../support/workflows/hold.ts';
import { standInActivities } from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();

test.concurrent('a terminated container build fails its container, not its siblings', async () => {
  const stay = hold();
  const standIn = standInActivities({
    awaitBuildPod: async (input, usual) => {
      if (input.attempt.container === 'server') await stay.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: ['server', 'worker'], web: ['site'] }, { version: null }),
  );
  await stay.reached();
  await build.child('api', 'server').terminate('by hand');

  expect(await endOf(build.handle)).toEqual({
    kind: 'failed',
    type: 'Cancelled',
    message:
      '1 of 3 containers failed (api/server); api/server: ' +
      'someone terminated it; the sweeper deletes its builder Pod if there is one left',
  });
  const result = await resultOf(build.handle);
  expect(statusesOf(result)).toEqual({
    'api/server': 'failed',
    'api/worker': 'built',
    'web/site': 'built',
  });
  expect(containersOf(result)['api/server']?.failure?.type).toBe('Cancelled');
  expect(result.components.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
});

test.concurrent('a worker that is killed in a short activity is noticed within 20 s', async () => {
  const gone = hold();
  let first = true;
  const standIn = standInActivities({
    renderDockerfile: async (input, usual) => {
      // As one whose worker is dead: neither an answer nor a heartbeat.
      if (first) {
        first = false;
        await gone.wait();
      }
      return usual(input);
    },
  });
  await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));
  await gone.reached();
  const started = performance.now();

  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  expect(standIn.begun('renderDockerfile')).toHaveLength(2);
  expect(performance.now() - started).toBeLessThan(35_000);
});

const phases: readonly (keyof Activities)[] = ['fetchSource', 'awaitBuildPod', 'verifyImage'];

test.concurrent.for(phases)(
  'a worker that is replaced during %s loses nothing',
  async (activity) => {
    const stay = hold();
    let first = true;
    const standIn = standInActivities({
      [activity]: async (input: never, usual: (input: never) => Promise<never>) => {
        if (first) {
          first = false;
          await stay.wait();
        }
        return usual(input);
      },
    });
    await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));
    await stay.reached();
    // The activity sees a cancellation, as it does of a cancelled build: the Pod must survive it.
    await build.workers.stop();
    expect(standIn.livePods.size).toBe(activity === 'fetchSource' ? 0 : 1);
    expect(standIn.begun('deleteBuildPod')).toEqual([]);
    await build.startWorkers();

    expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
    expect(standIn.begun(activity)).toHaveLength(2);
    expect(standIn.begun('createBuildPod')).toHaveLength(1);
    expect(containersOf(await resultOf(build.handle))['api/server']).toMatchObject({
      status: 'built',
      attempts: [{ generation: 0, outcome: 'succeeded' }],
    });
    expect(standIn.livePods.size).toBe(0);
  },
);
