import { expect, test } from 'vitest';
import type { DiagnoseOutput, SweepPodsOutput } from '../../../workflows/contract/activities.ts';
import {
  diagnoseType,
  readObjectsType,
  sweepOrphansType,
} from '../../../workflows/contract/messages.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import {
  finalFailure,
  standInActivities,
  type StandIn,
} from '../../support/workflows/stand-in-activities.ts';
import type { Role } from '../../support/workflows/workers.ts';

const temporal = useTemporal();
const ok = { status: 'ok', detail: 'fine', remedy: null } as const;

async function run<Result>(
  type: string,
  standIn: StandIn,
  input: readonly unknown[] = [],
  roles?: readonly Role[],
): Promise<Result> {
  await using workers = await temporal.workers(standIn, roles);
  // Awaited here: the workers stop with the function.
  return await temporal.client().workflow.execute<(...args: unknown[]) => Promise<Result>>(type, {
    taskQueue: workers.taskQueue,
    workflowId: `${type}-${workers.taskQueue}`,
    args: [...input],
  });
}

test.concurrent('a sweep says what it looked at and what it deleted', async () => {
  const swept: SweepPodsOutput = { looked: 3, deleted: ['bld-server-0'] };
  const standIn = standInActivities({ sweepPods: async () => swept });
  expect(await run(sweepOrphansType, standIn)).toEqual(swept);
});

test.concurrent('reads are presigned for the one who asks', async () => {
  const sealed = { publicKey: 'p', nonce: 'n', ciphertext: 'c' };
  const standIn = standInActivities({ presignReads: async () => ({ sealed }) });
  const input = { publicKey: 'mine', reads: [{ kind: 'object', key: 'results/x.json' }] };
  expect(await run(readObjectsType, standIn, [input])).toEqual({ sealed });
  expect(standIn.calls[0]?.input).toEqual(input);
});

const diagnosed = {
  diagnoseSource: async () => ({ checks: [{ name: 'store', ...ok }] }),
  diagnosePods: async () => ({ checks: [{ name: 'Kubernetes', ...ok }] }),
};
const nothing = { sources: [], repositories: [], buildSecrets: [] };

test.concurrent('a diagnosis has the checks of every role', async () => {
  const standIn = standInActivities(diagnosed);
  const { checks } = await run<DiagnoseOutput>(diagnoseType, standIn, [nothing]);
  expect(checks.map(({ name, status }) => [name, status])).toEqual([
    ['store', 'ok'],
    ['Kubernetes', 'ok'],
  ]);
  const asked = standIn.calls.find(({ activity }) => activity === 'diagnoseSource');
  expect(asked?.input).toEqual(nothing);
});

test.concurrent('a queue without a worker is a finding', { timeout: 30_000 }, async () => {
  const { checks } = await run<DiagnoseOutput>(
    diagnoseType,
    standInActivities(diagnosed),
    [nothing],
    ['workflows', 'source', 'requests'],
  );
  expect(checks).toEqual([
    { name: 'store', ...ok },
    {
      name: 'worker: role pods',
      status: 'failed',
      detail: expect.stringMatching(/^no worker polls \S+-pods/),
      remedy: expect.stringContaining('`pods` among its `SLIPWAY_ROLES`'),
    },
  ]);
});

test.concurrent('checks that fail as such are a finding, and the others are made', async () => {
  const standIn = standInActivities({
    ...diagnosed,
    diagnosePods: () => {
      throw finalFailure('ClusterUnavailable', 'connection refused');
    },
  });
  const { checks } = await run<DiagnoseOutput>(diagnoseType, standIn, [nothing]);
  expect(checks).toMatchObject([
    { name: 'store', status: 'ok' },
    { status: 'failed', detail: 'its checks failed: connection refused' },
  ]);
});
