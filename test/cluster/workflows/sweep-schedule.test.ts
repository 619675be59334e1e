import { expect, onTestFinished, test } from 'vitest';
import { keepSweepSchedule, type Sweep } from '../../../worker/sweep-schedule.ts';
import { freshBuildKey } from '../../../workflows/contract/ids.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { standInActivities } from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();

/** A sweep of an installation of its own, and its schedule. */
function aSweep(interval = 600): { readonly sweep: Sweep; readonly id: string } {
  const installation = freshBuildKey(new Date(), Math.random);
  const id = `slipway-sweep-${installation}`;
  onTestFinished(() => temporal.client().schedule.getHandle(id).delete());
  return { sweep: { installation, taskQueue: `queue-${installation}`, interval }, id };
}
const keep = (sweep: Sweep): Promise<void> => keepSweepSchedule(temporal.client(), sweep);
const described = (id: string) => temporal.client().schedule.getHandle(id).describe();

test('every worker may register the sweep: there is one', async () => {
  const { sweep, id } = aSweep();
  await Promise.all([keep(sweep), keep(sweep)]);
  await keep(sweep);
  const { spec, action, policies, info } = await described(id);
  expect(spec.intervals).toEqual([expect.objectContaining({ every: 600_000 })]);
  expect(action).toMatchObject({ workflowType: 'sweepOrphans', taskQueue: sweep.taskQueue });
  expect(policies.overlap).toBe('SKIP');
  expect(info.lastUpdatedAt).toBeUndefined();
});

test('a worker with another interval changes it, and leaves a pause as it is', async () => {
  const { sweep, id } = aSweep();
  await keep(sweep);
  await temporal.client().schedule.getHandle(id).pause('maintenance');
  await keep({ ...sweep, interval: 60 });
  const { spec, state } = await described(id);
  expect(spec.intervals?.map(({ every }) => every)).toEqual([60_000]);
  expect(state).toMatchObject({ paused: true, note: 'maintenance' });
});

test('it starts sweeps by itself', async () => {
  const swept = Promise.withResolvers<void>();
  const standIn = standInActivities({
    sweepPods: async () => {
      swept.resolve();
      return { looked: 0, deleted: [] };
    },
  });
  await using workers = await temporal.workers(standIn);
  const { sweep } = aSweep(1);
  await keep({ ...sweep, taskQueue: workers.taskQueue });
  await swept.promise;
  expect(standIn.begun('sweepPods').length).toBeGreaterThan(0);
});
