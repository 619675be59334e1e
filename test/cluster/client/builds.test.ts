import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { presentContent } from '../../../activities/support/stored-content.ts';
import { getBuild } from '../../../client/get.ts';
import { listBuilds, type ListedBuild, type ListOptions } from '../../../client/list.ts';
import { planBuild } from '../../../client/plan.ts';
import { retryBuild } from '../../../client/retry.ts';
import { submitBuild } from '../../../client/submit.ts';
import { BuildNotRetryable, InvalidBuildId } from '../../../client/errors.ts';
import { parseSettings } from '../../../worker/config.ts';
import { connectServices } from '../../../worker/services.ts';
import type { BuildResult } from '../../../workflows/contract/build.ts';
import { resultObject } from '../../../workflows/contract/objects.ts';
import { slipway } from '../../support/product/command.ts';
import { application } from '../../support/product/definitions.ts';
import { openGate } from '../../support/product/gate.ts';
import { containerOf, useInstallation } from '../../support/product/installation.ts';

const installation = useInstallation('client');
const environment = inject('environment');
const storeHost = new URL(environment.store.endpoint).hostname;

async function listed(options: ListOptions): Promise<readonly ListedBuild[]> {
  const builds: ListedBuild[] = [];
  for await (const build of listBuilds(installation().client, options)) builds.push(build);
  return builds;
}

describe('a build of which one container fails', () => {
  test('is tried again without what is there, and both are listed', async () => {
    const { repository, submit, ended } = installation();
    const source = await repository();
    await source.commit({
      good: 'FROM busybox\nRUN echo good > /good\n',
      bad: 'FROM busybox\nRUN exit 7\n',
    });
    const containers = { 'api/good': { dockerfile: 'good' }, 'api/bad': { dockerfile: 'bad' } };
    const definition = { name: 'mended', source: source.url, containers };
    const first = await submit(definition);
    expect((await ended(first)).status).toBe('failed');
    // The retry does not see what has been committed since.
    await source.commit({ bad: 'FROM busybox\n' });

    const retried = await slipway(['retry', first, '--json'], installation().settings);
    expect(retried.code).toBe(1);
    const result = JSON.parse(retried.stdout) as BuildResult;
    expect(result.buildId).not.toBe(first);
    expect(result.trigger).toEqual({ kind: 'retry', of: first });
    expect(containerOf(result, 'api/good').status).toBe('unchanged');
    expect(containerOf(result, 'api/bad').status).toBe('failed');
    expect(containerOf(result, 'api/bad').attempts).toHaveLength(1);

    // What Temporal finds is behind what happens.
    await vi.waitFor(
      async () => {
        const builds = await listed({ application: 'mended', status: 'failed' });
        expect(builds.map(({ trigger }) => trigger)).toEqual([{ kind: 'retry', of: first }, null]);
        expect(builds.at(-1)).toMatchObject({
          buildId: first,
          application: 'mended',
          mode: 'build',
          startedAt: expect.any(Date),
          endedAt: expect.any(Date),
        });
      },
      { timeout: 20_000, interval: 250 },
    );
    expect(await listed({ application: 'mended', status: 'succeeded' })).toEqual([]);
    expect(await listed({ application: 'mended', limit: 1 })).toHaveLength(1);
    const table = await slipway(['list', '--application', 'mended'], installation().settings);
    expect(table.stdout.split('\n').filter((line) => line.includes(' failed '))).toHaveLength(2);
  });
});

test('a build that runs is listed as such, and cannot be tried again', async () => {
  await using gate = await openGate(storeHost);
  const { repository, submit, ended, client } = installation();
  const source = await repository();
  await source.commit({ Dockerfile: `FROM busybox\n${gate.instruction}\n` });
  const id = await submit({ name: 'open', source: source.url, containers: { 'api/server': {} } });
  await gate.reached();
  await vi.waitFor(
    async () => {
      expect(await listed({ application: 'open', status: 'running' })).toMatchObject([
        { buildId: id, status: 'running', endedAt: null },
      ]);
    },
    { timeout: 20_000, interval: 250 },
  );
  await expect(retryBuild(client, id)).rejects.toThrow(BuildNotRetryable);
  // A heartbeat is 5 s behind: until then it says what the Pod waited for.
  await vi.waitFor(
    async () => {
      const { running } = await getBuild(client, id);
      expect(running.get('api/server')).toMatchObject({ phase: 'pod', waitingFor: null });
    },
    { timeout: 30_000, interval: 250 },
  );
  gate.open();
  expect((await ended(id)).status).toBe('succeeded');
});

test('a build that Temporal has forgotten is what it was at its end', async () => {
  const { build, client } = installation();
  const result = await build({
    name: 'forgotten',
    source: 'https://git.example.com/none.git',
    containers: { 'base/system': { image: 'busybox' } },
  });
  // Temporal deletes a history in its own time: instead, the record gets an id that it never knew.
  const services = await connectServices(parseSettings(installation().settings));
  onTestFinished(() => services.close());
  const record = await presentContent(services.store, resultObject(result.buildId));
  const forgotten = 'forgotten/long-ago';
  await services.store.put(resultObject(forgotten), record, 'application/json');
  const snapshot = await getBuild(client, forgotten);
  expect(snapshot).toMatchObject({ closed: true, failure: null, mode: 'build' });
  expect(snapshot.result).toEqual(result);
  const status = await slipway(['status', forgotten, '--json'], installation().settings);
  expect(JSON.parse(status.stdout)).toEqual(result);
});

test('a plan says what would be built, and why, without a Pod', async () => {
  const { repository, client, registry } = installation();
  const source = await repository();
  const commit = await source.commit({ Dockerfile: 'FROM busybox\nRUN echo planned > /planned\n' });
  const options = { name: 'planned', registry, source: source.url };
  const definition = application(environment, {
    ...options,
    containers: { 'api/server': {}, 'base/system': { image: 'busybox' } },
  });
  const plan = await planBuild(client, definition, { dockerfiles: true });
  expect(plan.failure).toBeNull();
  const verdicts = plan.containers.map(({ component, name, result, commit: seen }) => [
    `${component}/${name}`,
    result.why?.verdict,
    seen,
    result.attempts,
  ]);
  expect(verdicts).toEqual([
    ['api/server', 'build', commit, []],
    ['base/system', 'existing', null, []],
  ]);
  expect(plan.containers[0]?.result.why?.changes).toMatchObject([{ what: 'new' }]);
  expect(plan.dockerfiles?.get('api/server')).toMatch(
    /^FROM \S*busybox@sha256:[0-9a-f]{64}\nRUN echo planned > \/planned\n$/,
  );
  await expect(retryBuild(client, plan.buildId)).rejects.toThrow(BuildNotRetryable);
  const key = plan.buildId.replace(/^planned\//, '');
  await expect(submitBuild(client, definition, { key })).rejects.toThrow(InvalidBuildId);
  expect(await listed({ application: 'planned' })).toEqual([]);
});
