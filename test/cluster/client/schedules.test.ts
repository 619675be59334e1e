import { describe, expect, test, vi } from 'vitest';
import { ScheduleNotFound } from '../../../client/errors.ts';
import { getBuild } from '../../../client/get.ts';
import { findSchedules, ifThere } from '../../../client/schedule-calls.ts';
import { getSchedule, listSchedules, type ScheduleView } from '../../../client/schedule-list.ts';
import {
  backfillSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  triggerSchedule,
} from '../../../client/schedules.ts';
import {
  applicationAttribute,
  scheduleAttribute,
} from '../../../workflows/contract/search-attributes.ts';
import { buildSchedule } from '../../support/schedules.ts';
import { hold } from '../../support/workflows/hold.ts';
import { useScheduledShops } from '../../support/workflows/scheduled-shop.ts';
import { podsFailing } from '../../support/workflows/stand-in-activities.ts';

const newShop = useScheduledShops();

const nightly = buildSchedule({ name: 'nightly', cron: ['30 3 * * *'] });
const hourly = buildSchedule({ name: 'hourly', interval: 3600, cron: [] });
const october = { from: new Date('2026-10-01T03:30:00Z'), to: new Date('2026-10-30T03:30:00Z') };

describe('an apply', () => {
  test('creates, updates and removes, and does nothing where nothing changed', async () => {
    const shop = newShop();
    const other = newShop();
    await other.apply(nightly);
    expect(await shop.apply(nightly, hourly)).toEqual([
      { name: 'nightly', change: 'created' },
      { name: 'hourly', change: 'created' },
    ]);
    expect(await shop.apply(nightly, hourly)).toEqual([
      { name: 'nightly', change: 'unchanged' },
      { name: 'hourly', change: 'unchanged' },
    ]);
    expect((await shop.get('nightly')).next[0]?.toISOString()).toMatch(/T03:30:00.000Z$/);
    const later = { ...nightly, cron: ['45 4 * * *'], timeZone: 'Asia/Kolkata' };
    expect(await shop.apply(hourly, later)).toEqual([
      { name: 'hourly', change: 'unchanged' },
      { name: 'nightly', change: 'updated' },
    ]);
    expect((await shop.get('nightly')).next[0]?.toISOString()).toMatch(/T23:15:00.000Z$/);

    await vi.waitFor(async () => {
      expect(await findSchedules(shop.client, shop.name)).toHaveLength(2);
    }, 10_000);
    expect(await shop.apply(later)).toEqual([
      { name: 'nightly', change: 'unchanged' },
      { name: 'hourly', change: 'removed' },
    ]);
    expect(await ifThere(shop.get('hourly'))).toBeNull();
    expect((await other.get('nightly')).paused).toBe(false);
  });

  test('of two at once creates one schedule', async () => {
    const shop = newShop();
    const changes = await Promise.all([shop.apply(nightly), shop.apply(nightly)]);
    const words = changes.flat().map(({ change }) => change);
    expect(new Set(words)).toEqual(new Set(['created', 'unchanged']));
  });

  test('leaves a person’s pause alone, until the definition itself pauses or resumes', async () => {
    const shop = newShop();
    await shop.apply(nightly);
    await pauseSchedule(shop.client, shop.ref('nightly'), 'release week');
    expect(await shop.apply(nightly)).toMatchObject([{ change: 'unchanged' }]);
    const changed = { ...nightly, jitter: 60 };
    expect(await shop.apply(changed)).toMatchObject([{ change: 'updated' }]);
    expect(await shop.get('nightly')).toMatchObject({ paused: true, note: 'release week' });

    expect(await shop.apply({ ...changed, paused: true })).toMatchObject([{ change: 'updated' }]);
    expect(await shop.get('nightly')).toMatchObject({
      paused: true,
      note: 'paused by the definition',
    });
    await resumeSchedule(shop.client, shop.ref('nightly'));
    expect(await shop.apply({ ...changed, paused: true })).toMatchObject([{ change: 'unchanged' }]);
    expect(await shop.get('nightly')).toMatchObject({ paused: false, note: 'resumed' });
    await pauseSchedule(shop.client, shop.ref('nightly'));
    expect(await shop.apply(changed)).toMatchObject([{ change: 'updated' }]);
    expect(await shop.get('nightly')).toMatchObject({ paused: false, note: null });
  });
});

test('schedules are listed by application, with their next starts', async () => {
  const [one, two] = [newShop(), newShop()];
  await one.apply(nightly, hourly);
  await two.apply({ ...nightly, paused: true });
  const names = (views: readonly ScheduleView[]) =>
    views.map(({ application, name }) => `${application}/${name}`);
  await vi.waitFor(async () => {
    const listed = await listSchedules(one.client, { application: one.name });
    expect(names(listed)).toEqual([`${one.name}/hourly`, `${one.name}/nightly`]);
    const all = await listSchedules(one.client);
    expect(names(all)).toEqual(
      expect.arrayContaining([`${one.name}/hourly`, `${two.name}/nightly`]),
    );
    expect(all.find(({ application }) => application === two.name)).toMatchObject({
      paused: true,
      last: [],
      skipped: 0,
      missed: 0,
    });
  }, 10_000);
  expect((await one.get('hourly')).next.map((time) => time.getTime() % 3_600_000)).toEqual(
    Array.from({ length: 10 }, () => 0),
  );
  expect(await listSchedules(one.client, { application: `x" OR 1=1 --'` })).toEqual([]);
});

test('a triggered build knows its schedule, and the schedule its build', async () => {
  const shop = newShop();
  await shop.startWorkers();
  await shop.apply({ ...nightly, paused: true });
  const id = await triggerSchedule(shop.client, shop.ref('nightly'));
  expect(id).toMatch(new RegExp(`^${shop.name}/nightly-\\d{4}-\\d{2}-\\d{2}T[\\d:]{8}Z$`));
  await shop.settled('nightly', 1);
  const { result } = await getBuild(shop.client, id ?? '');
  expect(result).toMatchObject({
    buildId: id,
    status: 'succeeded',
    trigger: { kind: 'schedule', schedule: 'nightly' },
  });
  expect((await shop.get('nightly')).last).toMatchObject([{ buildId: id, status: 'succeeded' }]);
  const { typedSearchAttributes } = await shop.client.temporal.workflow
    .getHandle(id ?? '')
    .describe();
  expect(typedSearchAttributes.get(scheduleAttribute)).toBe('nightly');
  expect(typedSearchAttributes.get(applicationAttribute)).toBe(shop.name);
});

test('a trigger waits, gives way or overlaps as it is told', async () => {
  const shop = newShop();
  const stay = hold();
  await shop.startWorkers({
    awaitBuildPod: async (input, usual) => {
      await stay.wait();
      return usual(input);
    },
  });
  await shop.apply(nightly);
  const first = await triggerSchedule(shop.client, shop.ref('nightly'));
  await stay.reached();
  expect(await triggerSchedule(shop.client, shop.ref('nightly'))).toBeNull();
  expect(await shop.get('nightly')).toMatchObject({
    skipped: 1,
    last: [{ buildId: first, status: 'running' }],
  });
  // Two starts of one second would have one id.
  await vi.waitFor(() => expect(first).not.toContain(new Date().toISOString().slice(0, 19)), 2_000);
  const second = await triggerSchedule(shop.client, shop.ref('nightly'), 'allow');
  expect(second).not.toBe(first);
  stay.release();
  await shop.settled('nightly', 2);
});

describe('a backfill', () => {
  test('is one build after the other, both ends included', async () => {
    const shop = newShop();
    const standIn = await shop.startWorkers();
    await shop.apply(nightly);
    const [from, to] = [october.from, new Date('2026-10-03T03:30:00Z')];
    await backfillSchedule(shop.client, shop.ref('nightly'), { from, to });
    await shop.settled('nightly', 3);
    expect((await shop.get('nightly')).last[0]).toEqual({
      buildId: `${shop.name}/nightly-2026-10-03T03:30:00Z`,
      status: 'succeeded',
      scheduledAt: to,
      startedAt: expect.any(Date) as Date,
    });
    const edges = standIn.calls
      .filter(({ activity }) => ['resolveSources', 'assembleApplication'].includes(activity))
      .map(({ activity, edge }) => `${activity} ${edge}`);
    const night = ['resolveSources begin', 'resolveSources end'];
    const package_ = ['assembleApplication begin', 'assembleApplication end'];
    expect(edges).toEqual([1, 2, 3].flatMap(() => [...night, ...package_]));
  });

  test('leaves out what is due while another one runs, when told to skip', async () => {
    const shop = newShop();
    const stay = hold();
    await shop.startWorkers({
      resolveSources: async (input, usual) => {
        await stay.wait();
        return usual(input);
      },
    });
    await shop.apply(nightly);
    await backfillSchedule(shop.client, shop.ref('nightly'), {
      ...october,
      // Of a longer list, Temporal takes ten at a time and waits for the one that it has started.
      to: new Date('2026-10-10T03:30:00Z'),
      overlap: 'skip',
    });
    await vi.waitFor(async () => expect((await shop.get('nightly')).skipped).toBe(9), 20_000);
    stay.release();
    await shop.settled('nightly', 1);
    expect((await shop.get('nightly')).last).toMatchObject([
      { buildId: `${shop.name}/nightly-2026-10-01T03:30:00Z`, status: 'succeeded' },
    ]);
  });

  test('ends after it begins', async () => {
    const shop = newShop();
    const range = { from: october.to, to: october.from };
    await expect(backfillSchedule(shop.client, shop.ref('nightly'), range)).rejects.toThrow(
      RangeError,
    );
  });
});

test('a failed build pauses its schedule when told to, and an apply does not resume it', async () => {
  const shop = newShop();
  await shop.startWorkers(podsFailing({ 'api/server': ['BuildCommandFailed'] }));
  const careful = { ...nightly, pauseOnFailure: true };
  await shop.apply(careful);
  const id = await triggerSchedule(shop.client, shop.ref('nightly'));
  await vi.waitFor(async () => expect((await shop.get('nightly')).paused).toBe(true), 20_000);
  const view = await shop.get('nightly');
  expect(view.note).toContain('paused due to workflow failure');
  expect(view.last).toMatchObject([{ buildId: id, status: 'failed' }]);

  expect(await shop.apply(careful)).toMatchObject([{ change: 'unchanged' }]);
  expect((await shop.get('nightly')).paused).toBe(true);
  await resumeSchedule(shop.client, shop.ref('nightly'), 'mended');
  expect(await shop.get('nightly')).toMatchObject({ paused: false, note: 'mended' });
});

test('a schedule fires by itself', async () => {
  const shop = newShop();
  await shop.startWorkers();
  await shop.apply({ ...hourly, name: 'often', interval: 2 });
  await vi.waitFor(
    async () => {
      const { last } = await shop.get('often');
      const ended = last.filter(({ status }) => status === 'succeeded');
      expect(ended.length).toBeGreaterThanOrEqual(2);
    },
    { timeout: 30_000, interval: 200 },
  );
  const { last } = await shop.get('often');
  expect(last.map(({ scheduledAt }) => scheduledAt.getTime() % 2_000)).toEqual(last.map(() => 0));
});

test('what is asked of a schedule that is not there says so', async () => {
  const shop = newShop();
  await shop.apply(nightly);
  await deleteSchedule(shop.client, shop.ref('nightly'));
  for (const call of [
    deleteSchedule,
    pauseSchedule,
    resumeSchedule,
    triggerSchedule,
    getSchedule,
  ]) {
    await expect(call(shop.client, shop.ref('nightly'))).rejects.toThrow(
      new ScheduleNotFound(`there is no schedule ${shop.name}/nightly in this namespace`),
    );
  }
  await expect(backfillSchedule(shop.client, shop.ref('nightly'), october)).rejects.toBeInstanceOf(
    ScheduleNotFound,
  );
});
