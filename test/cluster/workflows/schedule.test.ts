import { expect, test } from 'vitest';
import type { Application } from '../../../workflows/contract/application.ts';
import { sourcesQuery, summaryQuery } from '../../../workflows/contract/messages.ts';
import { scheduleAttribute } from '../../../workflows/contract/search-attributes.ts';
import { applicationOf, builtContainer } from '../../support/workflows/applications.ts';
import { endOf, resultOf, statusesOf } from '../../support/workflows/builds.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import {
  digestOf,
  finalFailure,
  standInActivities,
  type StandIn,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const source = { git: 'https://git.test/shop.git', ref: 'main' };
const definition = { source, path: 'slipway.yaml' };
const scheduled = { trigger: { kind: 'schedule', schedule: 'nightly' } } as const;
const applied = applicationOf({ api: ['server'] }, { definition });
const other = { git: 'https://git.test/other.git', ref: 'main' };

/** A repository whose definition is this one now. */
function defining(application: Application): StandIn {
  return standInActivities({
    readDefinition: async () => ({ application, commit: 'c0ffee' }),
  });
}

test.concurrent(
  'a scheduled run builds what the repository defines now, at the commit that it was read from',
  async () => {
    const tools = builtContainer('web', 'tools', { source: other });
    const standIn = defining(
      applicationOf({ web: ['site', tools] }, { version: '1.5.0', maxParallel: 1 }),
    );
    await using build = await temporal.build(standIn, applied, 'none', scheduled);

    expect(await endOf(build.handle)).toMatchObject({
      kind: 'succeeded',
      value: { version: '1.5.0' },
    });
    const result = await resultOf(build.handle);
    expect(result).toMatchObject({ version: '1.5.0', trigger: scheduled.trigger });
    expect(statusesOf(result)).toEqual({ 'web/site': 'built', 'web/tools': 'built' });
    const inputs = standIn.calls.filter(({ edge }) => edge === 'begin');
    const of = (activity: string): unknown[] =>
      inputs.filter((call) => call.activity === activity).map(({ input }) => input);
    expect(of('readDefinition')).toEqual([{ definition }]);
    expect(of('resolveSources')).toEqual([{ sources: [other] }]);
    expect(of('fetchSource')).toMatchObject([
      { context: 'web/site', source: { ...source, commit: 'c0ffee' } },
      { context: 'web/tools', source: { ...other, commit: digestOf('main').slice(7, 47) } },
    ]);
    const { typedSearchAttributes } = await build.handle.describe();
    expect(typedSearchAttributes.get(scheduleAttribute)).toBe('nightly');
  },
);

test.concurrent('what was applied is built where no path was given, or nobody asks', async () => {
  const standIn = defining(applicationOf({ web: ['site'] }));
  await using asApplied = await temporal.build(
    standIn,
    applicationOf({ api: ['server'] }),
    'none',
    scheduled,
  );
  await using byHand = await temporal.build(standIn, applied);
  for (const { handle } of [asApplied, byHand]) {
    await endOf(handle);
    expect(statusesOf(await resultOf(handle))).toEqual({ 'api/server': 'built' });
  }
  expect(standIn.begun('readDefinition')).toEqual([]);
});

const unreadable: readonly (readonly [string, StandIn, string, string])[] = [
  [
    'that cannot be parsed',
    standInActivities({
      readDefinition: () => {
        throw finalFailure('InvalidDefinition', 'slipway.yaml:3:1: expected a name');
      },
    }),
    'InvalidDefinition',
    'slipway.yaml:3:1: expected a name',
  ],
  [
    'of another application',
    defining(applicationOf({ api: ['server'] }, { name: 'store' })),
    'InvalidDefinition',
    'slipway.yaml at c0ffee defines store',
  ],
];

test.concurrent.for(unreadable)(
  'a definition %s fails the run, with a result',
  async ([, standIn, type, message]) => {
    await using build = await temporal.build(standIn, applied, 'none', scheduled);
    expect(await endOf(build.handle)).toEqual({
      kind: 'failed',
      type,
      message: expect.stringContaining(message),
    });
    const result = await resultOf(build.handle);
    expect(result).toMatchObject({
      application: 'shop',
      version: '1.4.0',
      status: 'failed',
      failure: { type, message: expect.stringContaining(message) },
      components: [{ name: 'api', status: 'failed' }],
    });
    expect(statusesOf(result)).toEqual({ 'api/server': 'skipped' });
    expect(standIn.begun('recordBuild')).toHaveLength(1);
  },
);

test.concurrent('a retry builds the commits that it is given', async () => {
  const standIn = standInActivities();
  const known = { ...source, commit: 'c0ffee' };
  const tools = builtContainer('api', 'tools', { source: { ...other, secret: 'other-git' } });
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: ['server', tools] }, { maxParallel: 1 }),
    'none',
    { sources: [known], trigger: { kind: 'retry', of: 'shop/before' } },
  );
  await endOf(build.handle);

  const resolved = { ...other, secret: 'other-git', commit: digestOf('main').slice(7, 47) };
  expect(await build.handle.query(sourcesQuery)).toEqual([known, resolved]);
  expect(await build.handle.query(summaryQuery)).toMatchObject({
    trigger: { kind: 'retry', of: 'shop/before' },
  });
  const fetched = standIn.calls.filter(
    ({ activity, edge }) => activity === 'fetchSource' && edge === 'begin',
  );
  expect(fetched.map(({ input }) => input)).toMatchObject([
    { source: known },
    { source: resolved },
  ]);
  expect(standIn.begun('resolveSources')).toHaveLength(1);
});
