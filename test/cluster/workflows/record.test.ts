import { expect, test } from 'vitest';
import { componentQuery, summaryQuery } from '../../../workflows/contract/messages.ts';
import { applicationOf } from '../../support/workflows/applications.ts';
import { endOf, resultOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { hold } from '../../support/workflows/hold.ts';
import {
  finalFailure,
  podsFailing,
  standInActivities,
  type Script,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const application = applicationOf({ api: ['server'] });

const ends: readonly (readonly [string, Script])[] = [
  ['succeeded', {}],
  ['failed', podsFailing({ 'api/server': ['PushDenied'] })],
  [
    'failed',
    {
      resolveSources: () => {
        throw finalFailure('SourceNotFound', 'no such repository');
      },
    },
  ],
];

test.concurrent.for(ends)('a build that has %s is recorded once (%#)', async ([status, script]) => {
  const seen: unknown[] = [];
  const standIn = standInActivities({
    ...script,
    // As the real one does: from the workflow's own answers, which are final by now.
    recordBuild: async (input, usual) => {
      const handle = temporal.client().workflow.getHandle(input.buildId, input.runId);
      seen.push(await handle.query(summaryQuery), await handle.query(componentQuery, 'api'));
      return usual(input);
    },
  });
  await using build = await temporal.build(standIn, application);
  await endOf(build.handle);

  expect(standIn.begun('recordBuild')).toEqual([`recordBuild ${build.handle.workflowId}`]);
  const { components, ...result } = await resultOf(build.handle);
  expect(result.status).toBe(status);
  expect(seen).toEqual([expect.objectContaining(result), components[0]]);
});

test.concurrent('a build that is cancelled is recorded, without cancelling that', async () => {
  const stay = hold();
  const standIn = standInActivities({
    awaitBuildPod: async (input, usual) => {
      await stay.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(standIn, application);
  await stay.reached();
  await build.handle.cancel();
  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  expect(standIn.calls.filter(({ activity }) => activity === 'recordBuild')).toMatchObject([
    { edge: 'begin' },
    { edge: 'end' },
  ]);
});

test.concurrent('a record that cannot be written changes nothing of the build', async () => {
  const standIn = standInActivities({
    recordBuild: () => {
      throw finalFailure('StorageUnavailable', 'no store');
    },
  });
  await using build = await temporal.build(standIn, application);
  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  expect(await resultOf(build.handle)).toMatchObject({ status: 'succeeded' });
});
