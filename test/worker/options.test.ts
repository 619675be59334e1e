import type { WorkerOptions } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { WorkerSettings } from '../../worker/config.ts';
import { workerOptions, type WorkerParts } from '../../worker/options.ts';
import type { Activities } from '../../workflows/contract/activities.ts';

const names: Readonly<Record<keyof Activities, 'source' | 'pods'>> = {
  resolveSources: 'source',
  fetchSource: 'source',
  renderDockerfile: 'source',
  createBuildPod: 'pods',
  awaitBuildPod: 'pods',
  deleteBuildPod: 'pods',
  verifyImage: 'source',
  verifyExistingImage: 'source',
  checkVersion: 'source',
  assembleComponent: 'source',
  assembleApplication: 'source',
  readDefinition: 'source',
  recordBuild: 'source',
  presignReads: 'source',
  sweepPods: 'pods',
  diagnoseSource: 'source',
  diagnosePods: 'pods',
};

const settings: WorkerSettings = {
  ...WorkerSettings.omit({
    SLIPWAY_STORE_ENDPOINT: true,
    SLIPWAY_STORE_ACCESS_KEY_FILE: true,
    SLIPWAY_STORE_SECRET_KEY_FILE: true,
  }).parse({}),
  SLIPWAY_STORE_ENDPOINT: 'https://store.test',
  SLIPWAY_STORE_ACCESS_KEY_FILE: '/access',
  SLIPWAY_STORE_SECRET_KEY_FILE: '/secret',
  SLIPWAY_TASK_QUEUE: 'builds',
  SLIPWAY_MAX_POD_WAITS: 7,
  SLIPWAY_MAX_SOURCE_ACTIVITIES: 3,
  SLIPWAY_DRAIN_TIME: 45,
};
const parts = {
  connection: {},
  namespace: 'team',
  bundle: { code: '' },
  interceptors: { activity: [] },
  activities: Object.fromEntries(Object.keys(names).map((name) => [name, () => name])),
} as unknown as WorkerParts;

const byQueue = new Map<string | undefined, WorkerOptions>(
  workerOptions(settings, parts).map((options) => [options.taskQueue, options]),
);

test('one process has three workers in one namespace, on one connection', () => {
  expect([...byQueue.keys()]).toEqual(['builds', 'builds-source', 'builds-pods']);
  for (const { namespace, connection } of byQueue.values()) {
    expect(namespace).toBe('team');
    expect(connection).toBe(parts.connection);
  }
});

test('workflows run on the base queue alone', () => {
  expect(byQueue.get('builds')).toMatchObject({ workflowBundle: parts.bundle });
  expect(byQueue.get('builds')?.activities).toBeUndefined();
  for (const role of ['source', 'pods']) {
    expect(byQueue.get(`builds-${role}`)?.workflowBundle).toBeUndefined();
  }
});

test.each(['source', 'pods'])('the queue of %s has the activities of that kind', (role) => {
  const here = Object.keys(names).filter((name) => names[name as keyof Activities] === role);
  const registered = Object.keys(byQueue.get(`builds-${role}`)?.activities ?? {});
  expect(registered.toSorted()).toEqual(here.toSorted());
});

test.each([
  ['pods', 7],
  ['source', 3],
])('as many activities run on %s at once as the settings say', (role, count) => {
  expect(byQueue.get(`builds-${role}`)?.maxConcurrentActivityTaskExecutions).toBe(count);
});

test('a waiting activity learns of a cancel within seconds', () => {
  expect(byQueue.get('builds-pods')?.maxHeartbeatThrottleInterval).toBe('5s');
});

test('all have the time to drain, and are told in time; a wait is handed over sooner', () => {
  for (const { shutdownForceTime, interceptors } of byQueue.values()) {
    expect(shutdownForceTime).toBe('45s');
    expect(interceptors).toBe(parts.interceptors);
  }
  expect(byQueue.get('builds')?.shutdownGraceTime).toBe('30s');
  expect(byQueue.get('builds-source')?.shutdownGraceTime).toBe('30s');
  expect(byQueue.get('builds-pods')?.shutdownGraceTime).toBe('5s');
  const short = workerOptions({ ...settings, SLIPWAY_DRAIN_TIME: 3 }, parts);
  expect(short.map(({ shutdownGraceTime }) => shutdownGraceTime)).toEqual(['2s', '2s', '2s']);
});

test.each([
  [['workflow'], ['builds']],
  [['source'], ['builds-source']],
  [
    ['pods', 'workflow'],
    ['builds-pods', 'builds'],
  ],
] as const)('a process with the roles %j polls %j alone', (roles, queues) => {
  const own = {
    ...parts,
    bundle: roles.some((role) => role === 'workflow') ? parts.bundle : null,
    activities: roles.every((role) => role === 'workflow') ? null : parts.activities,
  };
  const options = workerOptions({ ...settings, SLIPWAY_ROLES: [...roles] }, own);
  expect(options.map(({ taskQueue }) => taskQueue)).toEqual(queues);
});
