import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { runningContainers } from '../../client/running.ts';
import type { PodProgress } from '../../workflows/contract/activities.ts';
import type { ContainerProgress } from '../../workflows/contract/messages.ts';
import { buildResult, componentResult, containerResult } from '../support/results.ts';
import { grpcError, standInClient, type ScriptedWorkflow } from './stand-in.ts';

const server = containerResult({ name: 'server', status: 'running' });
const result = buildResult([
  componentResult([server, containerResult({ name: 'migrate', status: 'built' })]),
]);
const progress: ContainerProgress = { phase: 'pod', generation: 0, pod: 'bld-1', result: server };

async function running(...pendingActivities: readonly object[]) {
  const script: ScriptedWorkflow = {
    status: () => 'RUNNING',
    progress: () => progress,
    pendingActivities: () => pendingActivities,
  };
  const client = standInClient({ 'shop/k1/api/server': script });
  return (await runningContainers(client, result)).get('api/server');
}

const heartbeat = (pod: Partial<PodProgress>) => ({
  payloads: [
    defaultPayloadConverter.toPayload({
      podUid: 'uid',
      phase: 'Running',
      reason: null,
      lastLogLine: null,
      ...pod,
    }),
  ],
});
const failed = (type: string, message: string) => ({ message, applicationFailureInfo: { type } });
const lost = { message: 'activity Heartbeat timeout', timeoutFailureInfo: { timeoutType: 4 } };

describe('what a running container waits for', () => {
  test.each<[string, object, string | null]>([
    ['nothing, while its Pod runs', { heartbeatDetails: heartbeat({}) }, null],
    ['nothing, where its activity has just begun', { attempt: 1 }, null],
    [
      'nothing, where a lease has ended',
      { lastFailure: failed('PodStillRunning', 'goes on') },
      null,
    ],
    [
      'nothing, where another worker has taken over',
      { heartbeatDetails: heartbeat({}), lastFailure: lost, attempt: 2 },
      null,
    ],
    [
      'its Pod’s node',
      { heartbeatDetails: heartbeat({ phase: 'Pending', reason: '0/3 nodes are available' }) },
      '0/3 nodes are available',
    ],
    // Builders may work in an init container: then the Pod is pending all the while.
    [
      'nothing, while a pending Pod builds',
      { heartbeatDetails: heartbeat({ phase: 'Pending' }) },
      null,
    ],
    [
      'the error that is tried again',
      { lastFailure: failed('QuotaExceeded', 'no room in slipway'), attempt: 7 },
      'QuotaExceeded: no room in slipway (try 7 follows)',
    ],
    [
      'a worker in place of the one that was lost',
      { lastFailure: lost, attempt: 2 },
      'activity Heartbeat timeout (try 2 follows)',
    ],
    [
      'the error, whatever its heartbeat holds',
      {
        heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload('bytes: 3')] },
        lastFailure: failed('SourceUnavailable', 'away'),
        attempt: 2,
      },
      'SourceUnavailable: away (try 2 follows)',
    ],
  ])('is %s', async (_what, activity, waitingFor) => {
    expect(await running(activity)).toMatchObject({ ...progress, waitingFor });
  });

  test('is nothing between two activities', async () => {
    expect(await running()).toEqual({ ...progress, waitingFor: null, lastLogLine: null });
  });
});

test('the last line of the log is its activity’s', async () => {
  const heartbeatDetails = heartbeat({ lastLogLine: 'STEP 2/3: RUN npm ci' });
  expect((await running({ heartbeatDetails }))?.lastLogLine).toBe('STEP 2/3: RUN npm ci');
});

test('progress is shown although what is waited for is not to be had', async () => {
  const script: ScriptedWorkflow = {
    status: () => {
      throw grpcError(4, 'late');
    },
    progress: () => progress,
  };
  const client = standInClient({ 'shop/k1/api/server': script });
  expect(await runningContainers(client, result)).toEqual(new Map([['api/server', progress]]));
});

test('only running containers are asked', async () => {
  const client = standInClient({ 'shop/k1/api/server': { progress: () => progress } });
  await runningContainers(client, result);
  expect(client.calls.every((call) => call.startsWith('shop/k1/api/server '))).toBe(true);
});
