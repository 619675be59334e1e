import { expect, test } from 'vitest';
import { planQuery, summaryQuery } from '../../../workflows/contract/messages.ts';
import { phaseAttribute } from '../../../workflows/contract/search-attributes.ts';
import { applicationOf, existingContainer } from '../../support/workflows/applications.ts';
import { containersOf, endOf, resultOf, statusesOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import { hold } from '../../support/workflows/hold.ts';
import {
  digestOf,
  finalFailure,
  standInActivities,
  type Script,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const plan = { mode: 'plan' } as const;
const commit = digestOf('main').slice(7, 47);

/** The registry holds an image for the inputs of `unchanged`. */
const registry: Script = {
  renderDockerfile: async (input, usual) => {
    const isUnchanged = input.container.name === 'unchanged';
    const change = { what: 'commit', from: 'a', to: 'b' } as const;
    return {
      ...(await usual(input)),
      unchanged: isUnchanged ? digestOf('earlier') : null,
      why: isUnchanged
        ? { verdict: 'unchanged', changes: [] }
        : { verdict: 'build', changes: [change] },
    };
  },
};

test.concurrent('a plan stops before the first Pod, and moves and publishes nothing', async () => {
  const standIn = standInActivities(registry);
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: ['server', 'unchanged'], web: [existingContainer('proxy')] }),
    'none',
    plan,
  );

  expect(await endOf(build.handle)).toEqual({
    kind: 'succeeded',
    value: { version: '1.4.0', package: null },
  });
  const result = await resultOf(build.handle);
  expect(result).toMatchObject({ status: 'succeeded', package: null });
  expect(result.components).toMatchObject([
    { name: 'api', status: 'succeeded', package: null },
    { name: 'web', status: 'succeeded', package: null },
  ]);
  expect(containersOf(result)).toMatchObject({
    'api/server': {
      status: 'skipped',
      image: null,
      inputDigest: digestOf(`input ${digestOf('api/server')}`),
      why: { verdict: 'build', changes: [{ what: 'commit', from: 'a', to: 'b' }] },
    },
    'api/unchanged': {
      status: 'unchanged',
      image: `registry.test/shop/api-unchanged@${digestOf('earlier')}`,
      digest: digestOf('earlier'),
      tags: [],
      why: { verdict: 'unchanged' },
    },
    'web/proxy': { status: 'existing', why: { verdict: 'existing', changes: [] } },
  });
  expect(new Set(standIn.calls.map(({ activity }) => activity))).toEqual(
    new Set([
      'resolveSources',
      'checkVersion',
      'fetchSource',
      'renderDockerfile',
      'verifyExistingImage',
      'recordBuild',
    ]),
  );
  expect(await build.handle.query(summaryQuery)).toMatchObject({ mode: 'plan' });
  const { typedSearchAttributes } = await build.handle.describe();
  expect(typedSearchAttributes.get(phaseAttribute)).toBe('planned');
});

test.concurrent('a plan answers with what was rendered, component by component', async () => {
  await using build = await temporal.build(
    standInActivities(registry),
    applicationOf({ api: ['server'], web: [existingContainer('proxy')] }),
    'none',
    plan,
  );
  await endOf(build.handle);

  const context = digestOf('api/server');
  expect(await build.handle.query(planQuery, 'api')).toMatchObject([
    {
      component: 'api',
      name: 'server',
      commit,
      result: { status: 'skipped' },
      rendered: {
        context: { digest: context },
        bases: [{ name: 'debian:12' }],
        builder: { name: 'buildah' },
        inputDigest: digestOf(`input ${context}`),
      },
      warnings: [],
    },
  ]);
  expect(await build.handle.query(planQuery, 'web')).toMatchObject([
    { name: 'proxy', commit: null, rendered: null, result: { status: 'existing' } },
  ]);
});

test.concurrent('a container that cannot be planned fails the plan, not its siblings', async () => {
  const standIn = standInActivities({
    renderDockerfile: async (input, usual) => {
      if (input.container.name === 'broken') throw finalFailure('TemplateInvalid', 'line 3');
      return usual(input);
    },
  });
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: ['server', 'broken'], web: ['site'] }),
    'none',
    plan,
  );

  expect(await endOf(build.handle)).toMatchObject({ kind: 'failed', type: 'TemplateInvalid' });
  const result = await resultOf(build.handle);
  expect(statusesOf(result)).toEqual({
    'api/server': 'skipped',
    'api/broken': 'failed',
    'web/site': 'skipped',
  });
  expect(result.components.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
  expect(result.failure).toMatchObject({ type: 'TemplateInvalid' });
  expect(await build.handle.query(planQuery, 'api')).toMatchObject([
    { name: 'server', result: { failure: null } },
    { name: 'broken', rendered: null, result: { failure: { type: 'TemplateInvalid' } } },
  ]);
});

test.concurrent('a plan that is cancelled gives no verdict on what it had not seen', async () => {
  const stay = hold();
  const standIn = standInActivities({
    renderDockerfile: async (input, usual) => {
      if (input.container.name === 'site') await stay.wait();
      return usual(input);
    },
  });
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: ['server'], web: ['site'] }, { maxParallel: 1 }),
    'none',
    plan,
  );
  await stay.reached();
  await build.handle.cancel();

  expect(await endOf(build.handle)).toEqual({ kind: 'cancelled' });
  const result = await resultOf(build.handle);
  expect(statusesOf(result)).toEqual({ 'api/server': 'skipped', 'web/site': 'cancelled' });
  expect(result.components.map(({ status }) => status)).toEqual(['succeeded', 'cancelled']);
});

test.concurrent('a build answers with what was rendered as well', async () => {
  await using build = await temporal.build(standInActivities(), applicationOf({ api: ['server'] }));
  await endOf(build.handle);
  expect(await build.handle.query(planQuery, 'api')).toMatchObject([
    { name: 'server', commit, result: { status: 'built' }, rendered: { bases: [{}] } },
  ]);
});
