import { describe, expect, test } from 'vitest';
import { AccessDenied, InvalidConfiguration, ServiceUnreachable } from '../../client/errors.ts';
import * as library from '../../client/index.ts';
import { connect, type SlipwayClient } from '../../client/connect.ts';
import type { Application } from '../../workflows/contract/application.ts';
import { definition, parsed } from '../definition/definitions.ts';
import { openRefusingTemporal, type Refusal } from '../support/refusing-temporal.ts';

const schedules: Application['schedules'] = [
  {
    name: 'nightly',
    cron: ['30 3 * * *'],
    interval: null,
    timeZone: 'UTC',
    jitter: 0,
    overlap: 'skip',
    catchUpWindow: 60,
    pauseOnFailure: false,
    paused: false,
  },
];
const application = { ...parsed(definition('{ name: server }')), schedules };
const ref = { application: 'shop', name: 'nightly' };
const range = { from: new Date(0), to: new Date(1) };

/** Every function of the library that asks Temporal, and how it is called. */
const calls: Readonly<Record<string, (client: SlipwayClient) => Promise<unknown>>> = {
  applySchedules: (client) => library.applySchedules(client, application),
  awaitBuild: (client) => library.awaitBuild(client, 'shop/k1'),
  backfillSchedule: (client) => library.backfillSchedule(client, ref, range),
  cancelBuild: (client) => library.cancelBuild(client, 'shop/k1'),
  deleteSchedule: (client) => library.deleteSchedule(client, ref),
  fetchPackage: (client) => library.fetchPackage(client, { application: 'shop', version: '1' }),
  getBuild: (client) => library.getBuild(client, 'shop/k1'),
  getSchedule: (client) => library.getSchedule(client, ref),
  listBuilds: (client) => library.listBuilds(client).next(),
  listSchedules: (client) => library.listSchedules(client),
  openReads: (client) => library.openReads(client, [{ kind: 'object', key: 'results/shop/k1' }]),
  pauseSchedule: (client) => library.pauseSchedule(client, ref),
  planBuild: (client) => library.planBuild(client, application),
  readLogs: (client) => library.readLogs(client, 'shop/k1').next(),
  resumeSchedule: (client) => library.resumeSchedule(client, ref),
  retryBuild: (client) => library.retryBuild(client, 'shop/k1'),
  submitBuild: (client) => library.submitBuild(client, application),
  submitOrFindBuild: (client) => library.submitOrFindBuild(client, application),
  triggerSchedule: (client) => library.triggerSchedule(client, ref),
  watchBuild: (client) => library.watchBuild(client, 'shop/k1').next(),
};
/** What needs no Temporal, and what has answers of its own for one that refuses. */
const others = [
  'applicationObject',
  'componentObject',
  'connect',
  'diagnose',
  'failurePolicies',
  'formatProblems',
  'isBuildKey',
  'parseDefinition',
  'resultObject',
];

test('every function is looked at', () => {
  const functions = Object.entries(library).filter(
    ([, value]) => !(typeof value === 'function' && value.prototype instanceof Error),
  );
  expect(functions.map(([name]) => name).toSorted()).toEqual(
    [...Object.keys(calls), ...others].toSorted(),
  );
});

async function refused(refusal: Refusal, call: (client: SlipwayClient) => Promise<unknown>) {
  await using temporal = await openRefusingTemporal(refusal);
  const client = await connect({
    environment: {},
    address: temporal.address,
    namespace: 'builds',
  });
  try {
    return await call(client).then(
      (answer) => ({ answer }),
      (error: unknown) => error,
    );
  } finally {
    await client.close();
  }
}

describe.each<[string, Refusal, typeof ServiceUnreachable | typeof InvalidConfiguration, RegExp]>([
  [
    'does not know the namespace',
    { code: 5, message: 'Namespace builds is not found.', missingNamespace: 'builds' },
    InvalidConfiguration,
    /^Temporal at 127\.0\.0\.1:\d+ has no namespace "builds".*TEMPORAL_NAMESPACE/,
  ],
  [
    'says in words alone that it does not know the namespace',
    { code: 5, message: 'Namespace builds is not found.' },
    InvalidConfiguration,
    /has no namespace "builds"/,
  ],
  [
    'does not permit it',
    { code: 7, message: 'Request unauthorized.' },
    AccessDenied,
    /^Temporal at 127\.0\.0\.1:\d+ does not permit .*"builds": Request unauthorized\./,
  ],
  [
    'does not know the login',
    { code: 16, message: 'token expired' },
    AccessDenied,
    /^Temporal at 127\.0\.0\.1:\d+ refuses the login: token expired/,
  ],
  [
    'knows no such call',
    { code: 12, message: 'unknown service temporal.api' },
    ServiceUnreachable,
    /^Temporal at 127\.0\.0\.1:\d+ does not know .*unknown service temporal\.api/,
  ],
  [
    'lacks the search attributes',
    {
      code: 3,
      message: 'Namespace builds has no mapping defined for search attribute SlipwayPhase',
    },
    ServiceUnreachable,
    /search attribute SlipwayPhase.*`slipway worker`/,
  ],
  [
    'does not take the request',
    { code: 3, message: 'request is too large' },
    ServiceUnreachable,
    /^Temporal at 127\.0\.0\.1:\d+ refuses the call: request is too large/,
  ],
])('of a Temporal that %s', (_what, refusal, type, message) => {
  test.each(Object.keys(calls))('%s tells in the library’s own words', async (name) => {
    const error = await refused(refusal, calls[name]!);
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toMatch(new RegExp(message.source.replace('^', '^\\w+: ')));
  });
});

test('a connection that is refused at once is told as that', async () => {
  await using temporal = await openRefusingTemporal({ code: 16, message: 'no key', atOnce: true });
  const error: unknown = await connect({ environment: {}, address: temporal.address }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AccessDenied);
  expect(error).toMatchObject({
    name: 'AccessDenied',
    message: `Temporal at ${temporal.address} refuses the login: no key`,
  });
});
