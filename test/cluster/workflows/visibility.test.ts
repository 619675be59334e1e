import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import { progressQuery, summaryQuery } from '../../../workflows/contract/messages.ts';
import { applicationOf, existingContainer } from '../../support/workflows/applications.ts';
import { endOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { activitySummaries, eventsOf } from '../../support/workflows/histories.ts';
import { hold } from '../../support/workflows/hold.ts';
import {
  digestOf,
  podsFailing,
  standInActivities,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const commit = digestOf('main').slice(7, 47);

test.concurrent(
  'current details show every container while the build runs and after it',
  async () => {
    const stay = hold();
    const standIn = standInActivities({
      awaitBuildPod: async (input, usual) => {
        if (input.attempt.container === 'worker') await stay.wait();
        return usual(input);
      },
    });
    await using build = await temporal.build(
      standIn,
      applicationOf(
        { api: ['server', 'worker'], web: [existingContainer('proxy')] },
        { maxParallel: 1 },
      ),
    );
    await stay.reached();

    const running = await detailsOf(build.handle);
    expect(running).toContain('**running** · 1 built, 1 running, 1 queued');
    expect(running).toContain('| container | phase | why | Pod | time | digest |');
    expect(running).toMatch(
      /\| api\/server \| ✅ built \| {2}\| api-server-0 \| \d+ s \| `[0-9a-f]{12}` \|/,
    );
    expect(running).toContain('| api/worker | 🔨 running |');
    expect(running).toContain('| web/proxy | ⏳ queued |');
    const child = build.child('api', 'worker');
    expect(await detailsOf(child)).toContain('phase `pod` · Pod `api-worker-0`');
    expect(await child.query(progressQuery)).toMatchObject({
      phase: 'pod',
      generation: 0,
      pod: 'api-worker-0',
      result: { status: 'running', attempts: [] },
    });

    stay.release();
    await endOf(build.handle);
    expect(await detailsOf(build.handle)).toContain('**succeeded** · 2 built, 1 existing');
    expect(await child.query(progressQuery)).toMatchObject({ phase: 'done', pod: null });
  },
);

test.concurrent(
  'warnings of Dockerfiles reach the client, also of a failed container',
  async () => {
    const standIn = standInActivities({
      ...podsFailing({ 'api/server': ['BuildCommandFailed'] }),
      renderDockerfile: async (input, usual) => ({
        ...(await usual(input)),
        warnings: [`${input.container.dockerfile}:3: look here`],
      }),
    });
    await using build = await temporal.build(standIn, applicationOf({ api: ['server', 'worker'] }));
    await endOf(build.handle);

    const { warnings } = await build.handle.query(summaryQuery);
    expect(warnings.toSorted()).toEqual([
      'api/server: Dockerfile:3: look here',
      'api/worker: Dockerfile:3: look here',
    ]);
    expect(await detailsOf(build.child('api', 'worker'))).toContain('⚠️ Dockerfile:3: look here');
  },
);

test.concurrent('search attributes and summaries say what a workflow is about', async () => {
  const standIn = standInActivities(podsFailing({ 'api/server': ['PushDenied'] }));
  await using build = await temporal.build(standIn, applicationOf({ api: ['server', 'worker'] }));
  await endOf(build.handle);

  expect(await searchableOf(build.handle)).toEqual({
    SlipwayApplication: 'shop',
    SlipwayCommit: commit,
    SlipwayPhase: 'failed',
    SlipwayFailureType: 'PushDenied',
  });
  const common = { SlipwayApplication: 'shop', SlipwayComponent: 'api', SlipwayCommit: commit };
  const failed = build.child('api', 'server');
  expect(await searchableOf(failed)).toEqual({
    ...common,
    SlipwayContainer: 'server',
    SlipwayPhase: 'failed',
    SlipwayFailureType: 'PushDenied',
  });
  expect(await searchableOf(build.child('api', 'worker'))).toEqual({
    ...common,
    SlipwayContainer: 'worker',
    SlipwayPhase: 'built',
  });
  expect(await (await failed.describe()).staticSummary()).toBe('api/server');
  expect(await detailsOf(failed)).toContain('**server: PushDenied** scripted PushDenied');
});

test.concurrent('every activity has a summary', async () => {
  await using build = await temporal.build(standInActivities(), applicationOf({ api: ['server'] }));
  await endOf(build.handle);

  expect(activitySummaries(await eventsOf(build.handle))).toEqual([
    ['resolveSources', 'main'],
    ['checkVersion', '1.4.0'],
    ['assembleComponent', 'api'],
    ['assembleApplication', 'shop'],
    ['recordBuild', 'results'],
  ]);
  const input = digestOf(`input ${digestOf('api/server')}`);
  expect(activitySummaries(await eventsOf(build.child('api', 'server')))).toEqual([
    ['fetchSource', `main @ ${commit.slice(0, 10)} api/server`],
    ['renderDockerfile', 'Dockerfile'],
    ['createBuildPod', `buildah attempt 0 → in-${input.slice(7, 19)}`],
    ['awaitBuildPod', 'api-server-0'],
    ['verifyImage', `prove ${digestOf('api/server')}`],
    ['deleteBuildPod', 'attempt 0'],
  ]);
});

async function detailsOf(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

async function searchableOf(handle: WorkflowHandle): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await handle.describe();
  return Object.fromEntries(
    typedSearchAttributes
      .getAll()
      .filter(({ key }) => key.name.startsWith('Slipway'))
      .map(({ key, value }) => [key.name, value]),
  );
}
