import type { WorkerOptions } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { WorkerSettings } from '../../worker/config.ts';
import { workerOptions, type WorkerParts } from '../../worker/options.ts';
import type { Activities } from '../../workflows/contract/activities.ts';
import type { ActivityQueue } from '../../workflows/contract/ids.ts';

const activityQueues: readonly ActivityQueue[] = ['source', 'requests', 'pods'];
const names: Readonly<Record<keyof Activities, ActivityQueue>> = {
  resolveSources: 'requests',
  fetchSource: 'source',
  renderDockerfile: 'source',
  createBuildPod: 'pods',
  awaitBuildPod: 'pods',
  deleteBuildPod: 'pods',
  verifyImage: 'requests',
  verifyExistingImage: 'requests',
  checkVersion: 'requests',
  assembleComponent: 'requests',
  assembleApplication: 'requests',
  readDefinition: 'source',
  recordBuild: 'requests',
  presignReads: 'requests',
  sweepPods: 'pods',
  diagnoseSource: 'requests',
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

test('one process has a worker for each queue in one namespace, on one connection', () => {
  expect([...byQueue.keys()]).toEqual([
    'builds',
    'builds-source',
    'builds-requests',
    'builds-pods',
  ]);
  for (const { namespace, connection } of byQueue.values()) {
    expect(namespace).toBe('team');
    expect(connection).toBe(parts.connection);
  }
});

test('workflows run on the base queue alone', () => {
  expect(byQueue.get('builds')).toMatchObject({ workflowBundle: parts.bundle });
  expect(byQueue.get('builds')?.activities).toBeUndefined();
  for (const queue of activityQueues) {
    expect(byQueue.get(`builds-${queue}`)?.workflowBundle).toBeUndefined();
  }
});

test.each(activityQueues)('the queue of %s has the activities of that kind', (queue) => {
  const here = Object.keys(names).filter((name) => names[name as keyof Activities] === queue);
  const registered = Object.keys(byQueue.get(`builds-${queue}`)?.activities ?? {});
  expect(registered.toSorted()).toEqual(here.toSorted());
});

test.each([
  // The waits, and room for creations and deletions beside them.
  ['pods', 7 + 50],
  ['source', 3],
  ['requests', 100],
])('on %s run %i activities at once', (queue, count) => {
  expect(byQueue.get(`builds-${queue}`)?.maxConcurrentActivityTaskExecutions).toBe(count);
});

test.each(activityQueues)('an activity on %s learns of a cancel within seconds', (queue) => {
  expect(byQueue.get(`builds-${queue}`)?.maxHeartbeatThrottleInterval).toBe('5s');
});

test('all have the time to drain, and are told in time; a wait is handed over sooner', () => {
  for (const { shutdownForceTime, interceptors } of byQueue.values()) {
    expect(shutdownForceTime).toBe('45s');
    expect(interceptors).toBe(parts.interceptors);
  }
  expect(byQueue.get('builds')?.shutdownGraceTime).toBe('30s');
  expect(byQueue.get('builds-source')?.shutdownGraceTime).toBe('30s');
  expect(byQueue.get('builds-requests')?.shutdownGraceTime).toBe('30s');
  expect(byQueue.get('builds-pods')?.shutdownGraceTime).toBe('5s');
  const short = workerOptions({ ...settings, SLIPWAY_DRAIN_TIME: 3 }, parts);
  expect(short.map(({ shutdownGraceTime }) => shutdownGraceTime)).toEqual(['2s', '2s', '2s', '2s']);
});

test.each([
  [['workflow'], ['builds']],
  [['source'], ['builds-source', 'builds-requests']],
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
