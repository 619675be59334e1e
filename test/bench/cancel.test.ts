import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { withPromptCancel } from '../../activities/build-pod/prompt-cancel.ts';
import type { Activities } from '../../workflows/contract/activities.ts';
import type { Application } from '../../workflows/contract/application.ts';
import { failure, type FailureType } from '../../workflows/contract/failures.ts';
import { progressQuery } from '../../workflows/contract/messages.ts';
import { applicationOf, existingContainer } from '../support/workflows/applications.ts';
import { containersOf, endOf, resultOf, statusesOf } from '../support/workflows/builds.ts';
import { useTemporal } from '../support/workflows/fixture.ts';
import { isCancelRequest, isCompletionOf, untilEvent } from '../support/workflows/histories.ts';
import { hold, type Hold } from '../support/workflows/hold.ts';
import {
  packageOf,
  podsFailing,
  standInActivities,
  type StandIn,
} from '../support/workflows/stand-in-activities.ts';

// Each test has workers of its own, and their start slows down what others measure.
vi.setConfig({ maxConcurrency: 2 });

const temporal = useTemporal();
/** Milliseconds that DESIGN.md allows on an idle machine. */
const limitMs = 5_000;
/** A running creation hears of a cancel by its heartbeat's answer: 80 % of its timeout apart. */
const heartbeatMs = 2_400;

/** Stays in `activity` until it is released or the worker stops. */
function staysIn(activity: keyof Activities): { readonly standIn: StandIn; readonly stay: Hold } {
  const stay = hold();
  const standIn = standInActivities({
    [activity]: async (input: never, usual: (input: never) => Promise<never>) => {
      await stay.wait();
      return usual(input);
    },
  });
  return { standIn, stay };
}

const inOneLane = applicationOf({ api: ['server', 'worker'] }, { maxParallel: 1 });
const single = applicationOf({ api: ['server'] });

interface Case {
  readonly activity: keyof Activities;
  readonly application: Application;
  readonly statuses: Readonly<Record<string, string>>;
  /** Attempts of api/server, as outcome and decision. */
  readonly attempts: readonly (readonly [string, string])[];
}

const cases: readonly Case[] = [
  {
    activity: 'resolveSources',
    application: inOneLane,
    statuses: { 'api/server': 'skipped', 'api/worker': 'skipped' },
    attempts: [],
  },
  {
    activity: 'fetchSource',
    application: inOneLane,
    statuses: { 'api/server': 'skipped', 'api/worker': 'skipped' },
    attempts: [],
  },
  {
    activity: 'renderDockerfile',
    application: inOneLane,
    statuses: { 'api/server': 'skipped', 'api/worker': 'skipped' },
    attempts: [],
  },
  {
    activity: 'verifyExistingImage',
    application: applicationOf({ api: [existingContainer('server')] }),
    statuses: { 'api/server': 'skipped' },
    attempts: [],
  },
  {
    activity: 'awaitBuildPod',
    application: inOneLane,
    statuses: { 'api/server': 'cancelled', 'api/worker': 'skipped' },
    attempts: [['cancelled', 'cancel']],
  },
  {
    activity: 'verifyImage',
    application: inOneLane,
    statuses: { 'api/server': 'cancelled', 'api/worker': 'skipped' },
    attempts: [['cancelled', 'cancel']],
  },
  {
    activity: 'assembleComponent',
    application: single,
    statuses: { 'api/server': 'built' },
    attempts: [['succeeded', 'done']],
  },
  {
    activity: 'assembleApplication',
    application: single,
    statuses: { 'api/server': 'built' },
    attempts: [['succeeded', 'done']],
  },
];

test.concurrent.for(cases)(
  'a build that is cancelled in $activity ends at once and leaves no Pod',
  async ({ activity, application, statuses, attempts }) => {
    const { standIn, stay } = staysIn(activity);
    await using build = await temporal.build(standIn, application);
    await stay.reached();
    const cancelledAt = Date.now();
    await build.handle.cancel();

    expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
    expect(Date.now() - cancelledAt).toBeLessThan(limitMs);
    expect(standIn.livePods.size).toBe(0);
    const result = await resultOf(build.handle);
    expect(result).toMatchObject({ status: 'cancelled', package: null });
    expect(statusesOf(result)).toEqual(statuses);
    const server = containersOf(result)['api/server'];
    expect(server?.attempts.map(({ outcome, decision }) => [outcome, decision])).toEqual(attempts);
    expect(server?.failure).toBeNull();
    const done = activity === 'assembleApplication';
    expect(result.components).toMatchObject([
      {
        status: done ? 'succeeded' : 'cancelled',
        package: done ? packageOf('components/shop/api/1.4.0.zip') : null,
      },
    ]);
  },
);

test.concurrent(
  'a creation that runs is not interrupted: its Pod is deleted after it',
  async () => {
    const { standIn, stay } = staysIn('createBuildPod');
    await using build = await temporal.build(standIn, inOneLane);
    await stay.reached();
    await build.handle.cancel();
    await untilEvent(temporal.client(), build.child('api', 'server'), isCancelRequest);
    stay.release();

    expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
    const pods = standIn.calls.filter(({ generation }) => generation !== null);
    expect(pods.map(({ activity, edge }) => `${activity} ${edge}`)).toEqual([
      'createBuildPod begin',
      'createBuildPod end',
      'deleteBuildPod begin',
      'deleteBuildPod end',
    ]);
    expect(standIn.livePods.size).toBe(0);
    const result = await resultOf(build.handle);
    expect(statusesOf(result)).toEqual({ 'api/server': 'cancelled', 'api/worker': 'skipped' });
    expect(containersOf(result)['api/server']?.attempts).toMatchObject([
      { generation: 0, pod: 'api-server-0', outcome: 'cancelled', failureType: 'Cancelled' },
    ]);
  },
);

/** Fails until it is told to stop, as a namespace without room or an API server that is away. */
function neverCreates(type: FailureType): StandIn {
  return standInActivities({
    createBuildPod: () => {
      throw failure(type, `scripted ${type}`);
    },
  });
}

test.concurrent.for(['QuotaExceeded', 'ClusterUnavailable'] as const)(
  'a cancel is heard while a creation waits for another try (%s)',
  async (type) => {
    const standIn = neverCreates(type);
    await using build = await temporal.build(standIn, inOneLane);
    await expect
      .poll(() => standIn.begun('createBuildPod').length, { timeout: 60_000 })
      .toBeGreaterThan(0);
    const cancelledAt = Date.now();
    await build.handle.cancel();

    expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
    expect(Date.now() - cancelledAt).toBeLessThan(limitMs);
    expect(statusesOf(await resultOf(build.handle))).toEqual({
      'api/server': 'skipped',
      'api/worker': 'skipped',
    });
    const pods = standIn.calls.filter(({ generation }) => generation !== null);
    expect(pods.at(-1)).toMatchObject({ activity: 'deleteBuildPod', edge: 'end' });
    expect(standIn.livePods.size).toBe(0);
  },
);

test.concurrent('a creation hears the cancel, and makes no Pod after its deletion', async () => {
  const posted = hold();
  const standIn = standInActivities({
    // An API server that takes its time: the Pod comes to be after the cancel.
    createBuildPod: (input, usual) =>
      withPromptCancel(async () => {
        await posted.wait().catch(() => undefined);
        await delay(300);
        return usual(input);
      })(input),
  });
  await using build = await temporal.build(standIn, single);
  await posted.reached();
  const cancelledAt = Date.now();
  await build.handle.cancel();

  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  expect(Date.now() - cancelledAt).toBeLessThan(limitMs + heartbeatMs);
  expect(standIn.begun('createBuildPod', 'deleteBuildPod')).toEqual([
    'createBuildPod api/server',
    'deleteBuildPod api/server',
  ]);
  expect(standIn.livePods.size).toBe(0);
  expect(containersOf(await resultOf(build.handle))['api/server']).toMatchObject({
    status: 'cancelled',
    attempts: [{ outcome: 'cancelled', pod: 'api-server-0' }],
  });
});

test.concurrent('a cluster that is away does not keep a cancelled build waiting', async () => {
  const standIn = standInActivities({
    createBuildPod: () => {
      throw failure('ClusterUnavailable', 'connection refused');
    },
    deleteBuildPod: () => {
      throw failure('ClusterUnavailable', 'connection refused');
    },
  });
  await using build = await temporal.build(standIn, single);
  await expect
    .poll(() => standIn.begun('createBuildPod').length, { timeout: 60_000 })
    .toBeGreaterThan(0);
  const cancelledAt = Date.now();
  await build.handle.cancel();
  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  expect(Date.now() - cancelledAt).toBeLessThan(limitMs);
});

test.concurrent('a cancel between two attempts starts no other one', async () => {
  const standIn = standInActivities(podsFailing({ 'api/server': ['RegistryRateLimited'] }));
  await using build = await temporal.build(standIn, single);
  const child = build.child('api', 'server');
  await expect
    .poll(async () => (await child.query(progressQuery).catch(() => null))?.phase, {
      timeout: 60_000,
    })
    .toBe('waiting');
  const cancelledAt = Date.now();
  await build.handle.cancel();

  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  expect(Date.now() - cancelledAt).toBeLessThan(limitMs);
  expect(standIn.begun('createBuildPod')).toHaveLength(1);
  expect(containersOf(await resultOf(build.handle))['api/server']).toMatchObject({
    status: 'cancelled',
    failure: null,
    attempts: [{ decision: 'retry', next: 'attempt 1 starts 1 min later' }],
  });
});

test.concurrent('a cancel while the definition is read ends the build at once', async () => {
  const { standIn, stay } = staysIn('readDefinition');
  const source = { git: 'https://git.test/shop.git', ref: 'main' };
  const definition = { source, path: 'slipway.yaml' };
  await using build = await temporal.build(standIn, { ...single, definition }, 'none', {
    trigger: { kind: 'schedule', schedule: 'nightly' },
  });
  await stay.reached();
  const cancelledAt = Date.now();
  await build.handle.cancel();
  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  expect(Date.now() - cancelledAt).toBeLessThan(limitMs);
  expect(statusesOf(await resultOf(build.handle))).toEqual({ 'api/server': 'skipped' });
});

test.concurrent('a cancel during the clean-up takes nothing from what was built', async () => {
  const deleting = hold();
  const standIn = standInActivities({
    deleteBuildPod: async (input, usual) => {
      await deleting.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(standIn, inOneLane);
  await deleting.reached();
  await build.handle.cancel();
  await untilEvent(temporal.client(), build.child('api', 'server'), isCancelRequest);
  deleting.release();

  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  const result = await resultOf(build.handle);
  expect(statusesOf(result)).toEqual({ 'api/server': 'built', 'api/worker': 'skipped' });
  expect(standIn.livePods.size).toBe(0);
});

test.concurrent('the deletion of a cancelled Pod is waited for', async () => {
  const stay = hold();
  const deleting = hold();
  const standIn = standInActivities({
    awaitBuildPod: async (input, usual) => {
      await stay.wait();
      return usual(input);
    },
    deleteBuildPod: async (input, usual) => {
      await deleting.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(standIn, single);
  await stay.reached();
  await build.handle.cancel();
  await deleting.reached();

  expect((await build.handle.describe()).status.name).toBe('RUNNING');
  expect((await build.child('api', 'server').describe()).status.name).toBe('RUNNING');
  deleting.release();
  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  expect(await endOf(build.child('api', 'server'))).toEqual({ kind: 'cancelled' });
});

test.concurrent(
  'a container that is cancelled alone fails its build, not its siblings',
  async () => {
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
    await build.child('api', 'server').cancel();

    expect(await endOf(build.handle)).toEqual({
      kind: 'failed',
      type: 'Cancelled',
      message: '1 of 3 containers failed (api/server); api/server: cancelled by itself',
    });
    const result = await resultOf(build.handle);
    expect(statusesOf(result)).toEqual({
      'api/server': 'cancelled',
      'api/worker': 'built',
      'web/site': 'built',
    });
    expect(result.components.map(({ status }) => status)).toEqual(['cancelled', 'succeeded']);
    expect(containersOf(result)['api/server']?.attempts).toEqual([
      {
        generation: 0,
        pod: 'api-server-0',
        outcome: 'cancelled',
        failureType: 'Cancelled',
        reason: 'cancelled',
        decision: 'cancel',
        startedAt: expect.any(String),
        finishedAt: expect.any(String),
      },
    ]);
    expect(standIn.livePods.size).toBe(0);
  },
);

test.concurrent('a cancel that meets the end of a container skips the rest', async () => {
  // The component's assembly ends while no worker runs workflows: its end and the cancel reach the
  // workflow together, and the lane goes on to a container that cannot be started any more.
  const assembling = hold();
  const standIn = standInActivities({
    assembleComponent: async (input, usual) => {
      await assembling.wait();
      return usual(input);
    },
  });
  const application = applicationOf(
    { api: ['server'], web: ['site'] },
    { maxParallel: 1, version: null },
  );
  await using build = await temporal.build(standIn, application);
  await assembling.reached();
  await build.workers.stop('workflows');
  assembling.release();
  await untilEvent(temporal.client(), build.handle, isCompletionOf('assembleComponent'));
  await build.handle.cancel();
  await build.startWorkers('workflows');

  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  expect(statusesOf(await resultOf(build.handle))).toEqual({
    'api/server': 'built',
    'web/site': 'skipped',
  });
});
