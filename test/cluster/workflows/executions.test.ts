import { expect, test } from 'vitest';
import { createTemporalExecutions } from '../../../activities/support/temporal-executions.ts';
import { applicationOf } from '../../support/workflows/applications.ts';
import { endOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { hold } from '../../support/workflows/hold.ts';
import { standInActivities } from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const state = (workflowId: string, firstRunId: string): Promise<string> =>
  createTemporalExecutions(temporal.client()).state(workflowId, firstRunId);

test('a container build runs until it is closed, whoever closes it', async () => {
  const stay = hold();
  const standIn = standInActivities({
    awaitBuildPod: async (input, usual) => {
      await stay.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(standIn, applicationOf({ api: ['goes', 'stays'] }));
  await stay.reached(2);
  const goes = build.child('api', 'goes');
  const { runId } = await goes.describe();
  const stays = (await build.child('api', 'stays').describe()).runId;

  expect(await state(goes.workflowId, runId)).toBe('running');
  await goes.terminate('by hand');
  expect(await state(goes.workflowId, runId)).toBe('closed');
  expect(await state(build.child('api', 'stays').workflowId, stays)).toBe('running');
  stay.release();
  await endOf(build.handle);
  expect(await state(build.child('api', 'stays').workflowId, stays)).toBe('closed');
});

test('another run of the same id is not the one that is asked for', async () => {
  await using workers = await temporal.workers(standInActivities(), ['workflows']);
  const { workflow } = temporal.client();
  const start = () =>
    // Without a worker for its activity it stays.
    workflow.start('sweepOrphans', {
      workflowId: workers.taskQueue,
      taskQueue: workers.taskQueue,
      args: [],
    });
  const first = await start();
  await first.terminate('by hand');
  const second = await start();

  expect(await state(second.workflowId, first.firstExecutionRunId)).toBe('closed');
  expect(await state(second.workflowId, second.firstExecutionRunId)).toBe('running');
  await second.terminate('test is over');
});

test('a workflow that was never there is absent', async () => {
  expect(await state('shop/never/api/server', 'c0ffee')).toBe('absent');
});
