import { expect, test } from 'vitest';
import {
  failurePolicies,
  failure,
  type FailureType,
} from '../../../workflows/contract/failures.ts';
import { applicationOf, builtContainer } from '../../support/workflows/applications.ts';
import { containersOf, endOf, resultOf } from '../../support/workflows/builds.ts';
import { eventsOf } from '../../support/workflows/histories.ts';
import { useTemporal } from '../../support/workflows/fixture.ts';
import {
  finalFailure,
  podsFailing,
  podTimes,
  standInActivities,
} from '../../support/workflows/stand-in-activities.ts';

const temporal = useTemporal();
const one = applicationOf({ api: ['server'] });

test.concurrent(
  'after a loss the next attempt starts when the Pod of the last one is gone',
  async () => {
    const standIn = standInActivities(podsFailing({ 'api/server': ['NodeLost'] }));
    await using build = await temporal.build(standIn, one);

    expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
    const podCalls = standIn.calls.filter(({ generation }) => generation !== null);
    expect(podCalls.map((call) => `${call.activity} ${call.generation} ${call.edge}`)).toEqual([
      'createBuildPod 0 begin',
      'createBuildPod 0 end',
      'awaitBuildPod 0 begin',
      'awaitBuildPod 0 end',
      'deleteBuildPod 0 begin',
      'deleteBuildPod 0 end',
      'createBuildPod 1 begin',
      'createBuildPod 1 end',
      'awaitBuildPod 1 begin',
      'awaitBuildPod 1 end',
      'deleteBuildPod 1 begin',
      'deleteBuildPod 1 end',
    ]);
    const { attempts } = containersOf(await resultOf(build.handle))['api/server'] ?? {};
    expect(attempts).toMatchObject([
      {
        generation: 0,
        pod: 'api-server-0',
        outcome: 'failed',
        failureType: 'NodeLost',
        reason: 'scripted NodeLost',
        decision: 'retry',
      },
      {
        generation: 1,
        pod: 'api-server-1',
        outcome: 'succeeded',
        failureType: null,
        decision: 'done',
      },
    ]);
  },
);

const repeat = (count: number, ...types: readonly FailureType[]): FailureType[] =>
  Array.from({ length: count }, () => types).flat();

interface Sequence {
  /** What the container's Pods fail of, one after the other; then they succeed. */
  readonly pods: readonly FailureType[];
  /** What its attempts are recorded with; null for a success. */
  readonly attempts: readonly (FailureType | null)[];
}

const sequences: Readonly<Record<string, Sequence>> = {
  'every-loss-is-retried': {
    pods: ['Evicted', 'PodDeleted'],
    attempts: ['Evicted', 'PodDeleted', null],
  },
  'mistake-is-final': { pods: ['BuildCommandFailed'], attempts: ['BuildCommandFailed'] },
  'deadline-is-final': { pods: ['DeadlineExceeded'], attempts: ['DeadlineExceeded'] },
  'stale-url-has-a-budget': {
    pods: repeat(9, 'ContextExpired'),
    attempts: repeat(2, 'ContextExpired'),
  },
  'each-type-has-its-own-budget': {
    pods: ['DiskFull', 'BuilderFault', 'DiskFull'],
    attempts: ['DiskFull', 'BuilderFault', 'DiskFull'],
  },
  'losses-do-not-spend-a-budget': {
    pods: ['DiskFull', 'NodeLost', 'DiskFull'],
    attempts: ['DiskFull', 'NodeLost', 'DiskFull'],
  },
};

// Back-offs of seconds, on a machine that may be busy.
const slow = { timeout: 60_000 };

test.concurrent('retry follows the class and the budget of each failure', slow, async () => {
  const named = <T>(of: (sequence: Sequence) => T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(sequences).map(([name, sequence]) => [`api/${name}`, of(sequence)]),
    );
  const standIn = standInActivities(podsFailing(named(({ pods }) => pods)));
  await using build = await temporal.build(
    standIn,
    applicationOf({ api: Object.keys(sequences) }, { maxParallel: 9 }),
  );
  await endOf(build.handle);

  const containers = Object.entries(containersOf(await resultOf(build.handle)));
  expect(
    Object.fromEntries(
      containers.map(([name, { status, failure: end, attempts }]) => [
        name,
        {
          status,
          failure: end?.type ?? null,
          attempts: attempts.map((one) => [one.generation, one.failureType, one.decision]),
        },
      ]),
    ),
  ).toEqual(
    named(({ attempts }) => {
      const last = attempts.at(-1) ?? null;
      const decision = (index: number): string =>
        index < attempts.length - 1 ? 'retry' : last === null ? 'done' : 'fail';
      return {
        status: last === null ? 'built' : 'failed',
        failure: last,
        attempts: attempts.map((type, index) => [index, type, decision(index)]),
      };
    }),
  );
  const all = Object.values(sequences).flatMap(({ attempts }) => attempts);
  expect(standIn.begun('createBuildPod')).toHaveLength(all.length);
  expect(standIn.begun('deleteBuildPod')).toHaveLength(all.length);
  expect(standIn.livePods.size).toBe(0);
});

test.concurrent('a context that has gone from the store is put there again', slow, async () => {
  const standIn = standInActivities(podsFailing({ 'api/server': ['ContextExpired'] }));
  await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));
  await endOf(build.handle);
  const once = ['fetchSource api/server', 'createBuildPod api/server'];
  expect(standIn.begun('fetchSource', 'createBuildPod')).toEqual([...once, ...once]);
});

test.concurrent(
  'a creation that fails for good is no attempt, and not tried as another one',
  async () => {
    const standIn = standInActivities({
      createBuildPod: () => {
        throw finalFailure('ContextUnavailable', 'the store does not sign');
      },
    });
    await using build = await temporal.build(standIn, applicationOf({ api: ['server'] }));
    expect(await endOf(build.handle)).toMatchObject({ type: 'ContextUnavailable' });
    expect(standIn.begun('createBuildPod')).toHaveLength(1);
    const { attempts } = containersOf(await resultOf(build.handle))['api/server']!;
    expect(attempts).toEqual([]);
  },
);

test.concurrent('no second Pod is started beside one that cannot be deleted', async () => {
  const standIn = standInActivities({
    ...podsFailing({ 'api/lost': ['NodeLost'] }),
    deleteBuildPod: () => {
      throw finalFailure('PodRejected', 'deletion is forbidden');
    },
  });
  await using build = await temporal.build(standIn, applicationOf({ api: ['lost', 'proved'] }));

  expect(await endOf(build.handle)).toMatchObject({ kind: 'failed', type: 'NodeLost' });
  expect(standIn.begun('createBuildPod')).toHaveLength(2);
  expect(containersOf(await resultOf(build.handle))).toMatchObject({
    'api/lost': {
      status: 'failed',
      attempts: [{ failureType: 'NodeLost', decision: 'fail' }],
    },
    // The image is there, whatever became of its Pod.
    'api/proved': { status: 'built', attempts: [{ failureType: null, decision: 'done' }] },
  });
});

test.concurrent('a digest that the registry does not hold is never believed', async () => {
  const left: Record<string, number> = { 'api-once': 1, 'api-again': 2 };
  const standIn = standInActivities({
    verifyImage: async (input, usual) => {
      const name = input.repository.replace(/^.*\//, '');
      left[name] = (left[name] ?? 0) - 1;
      // Not made final here: the activity's own failure must not be tried again in place.
      if (left[name] >= 0) throw failure('DigestMismatch', 'registry.test holds no such manifest');
      return usual(input);
    },
  });
  await using build = await temporal.build(standIn, applicationOf({ api: ['once', 'again'] }));

  expect(await endOf(build.handle)).toMatchObject({ kind: 'failed', type: 'DigestMismatch' });
  const mismatch = { outcome: 'failed', failureType: 'DigestMismatch' };
  expect(containersOf(await resultOf(build.handle))).toMatchObject({
    'api/once': {
      status: 'built',
      attempts: [
        { ...mismatch, decision: 'retry' },
        { outcome: 'succeeded', failureType: null, decision: 'done' },
      ],
    },
    'api/again': {
      status: 'failed',
      image: null,
      digest: null,
      attempts: [
        { ...mismatch, decision: 'retry' },
        { ...mismatch, decision: 'fail' },
      ],
    },
  });
});

test.concurrent('out of memory comes back with twice as much, up to the ceiling', async () => {
  const limits: (string | undefined)[] = [];
  const standIn = standInActivities({
    renderDockerfile: async (input, usual) => ({ ...(await usual(input)), memoryCeiling: '1Gi' }),
    createBuildPod: async (input, usual) => {
      limits.push(input.container.resources.memory);
      return usual(input);
    },
    ...podsFailing({ 'api/server': repeat(9, 'OutOfMemory') }),
  });
  const server = builtContainer('api', 'server', { resources: { cpu: '1', memory: '300Mi' } });
  await using build = await temporal.build(standIn, applicationOf({ api: [server] }));

  expect(await endOf(build.handle)).toMatchObject({ kind: 'failed', type: 'OutOfMemory' });
  expect(limits).toEqual(['300Mi', '600Mi', '1Gi']);
  const { attempts } = containersOf(await resultOf(build.handle))['api/server'] ?? {};
  expect(attempts?.map(({ decision, next }) => [decision, next])).toEqual([
    ['retry', 'attempt 1 has 600Mi'],
    ['retry', 'attempt 2 has 1Gi'],
    ['fail', undefined],
  ]);
});

test.concurrent('a limit that the namespace has set is doubled as well', async () => {
  const standIn = standInActivities({
    awaitBuildPod: async (input, usual) =>
      input.attempt.generation === 0
        ? {
            kind: 'failed',
            failureType: 'OutOfMemory',
            reason: 'ran out of memory at 256Mi',
            log: null,
            limits: { memory: '256Mi' },
            ...podTimes,
          }
        : usual(input),
  });
  await using build = await temporal.build(standIn, one);
  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  const created = standIn.calls.filter(
    ({ activity, edge }) => activity === 'createBuildPod' && edge === 'begin',
  );
  expect(created.map(({ input }) => input)).toMatchObject([
    { container: { resources: {} } },
    { container: { resources: { memory: '512Mi' } } },
  ]);
});

test.concurrent('an attempt waits for its back-off, no longer than the worker allows', async () => {
  const standIn = standInActivities({
    renderDockerfile: async (input, usual) => ({ ...(await usual(input)), longestBackOff: 2 }),
    ...podsFailing({ 'api/server': ['RegistryRateLimited'] }),
  });
  await using build = await temporal.build(standIn, one);
  expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
  const timers = (await eventsOf(build.child('api', 'server'))).flatMap((event) => {
    const timer = event.timerStartedEventAttributes;
    return timer ? [String(timer.startToFireTimeout?.seconds)] : [];
  });
  expect(timers).toEqual(['2']);
  const { attempts } = containersOf(await resultOf(build.handle))['api/server'] ?? {};
  expect(attempts?.[0]).toMatchObject({ decision: 'retry', next: 'attempt 1 starts 2 s later' });
});

test.concurrent('a Pod waits in line for quota until its queue time is over', slow, async () => {
  const standIn = standInActivities({
    createBuildPod: () => {
      throw failure('QuotaExceeded', 'exceeded quota: builds');
    },
  });
  const server = builtContainer('api', 'server', { timeouts: { queue: 1, build: 60 } });
  await using build = await temporal.build(standIn, applicationOf({ api: [server] }));

  expect(await endOf(build.handle)).toMatchObject({ kind: 'failed', type: 'QuotaExceeded' });
  expect(standIn.begun('createBuildPod').length).toBeGreaterThan(1);
  expect(containersOf(await resultOf(build.handle))['api/server']).toMatchObject({
    failure: { message: 'exceeded quota: builds', hint: failurePolicies.QuotaExceeded.hint },
    attempts: [],
  });
});

test.concurrent('a refused creation is no attempt', async () => {
  const standIn = standInActivities({
    createBuildPod: () => {
      throw finalFailure('PodRejected', 'quantities must match the regular expression');
    },
  });
  await using build = await temporal.build(standIn, one);

  expect(await endOf(build.handle)).toMatchObject({ kind: 'failed', type: 'PodRejected' });
  expect(containersOf(await resultOf(build.handle))['api/server']).toMatchObject({
    status: 'failed',
    attempts: [],
    failure: {
      type: 'PodRejected',
      message: 'quantities must match the regular expression',
      hint: failurePolicies.PodRejected.hint,
    },
  });
  // What its caller has not heard of may exist all the same.
  expect(standIn.begun('deleteBuildPod')).toEqual(['deleteBuildPod api/server']);
});

type Failing = 'fetchSource' | 'createBuildPod' | 'awaitBuildPod' | 'verifyImage';

const outages: Readonly<Record<string, readonly [Failing, FailureType]>> = {
  source: ['fetchSource', 'SourceUnavailable'],
  quota: ['createBuildPod', 'QuotaExceeded'],
  lease: ['awaitBuildPod', 'PodStillRunning'],
  registry: ['verifyImage', 'RegistryUnavailable'],
};

test.concurrent(
  'an activity whose service is down is tried again in the same attempt',
  async () => {
    const met = new Set<string>();
    const meet = (activity: Failing, subject: string): void => {
      const name = subject.replace(/^.*[/-]/, '');
      const [failing, type] = outages[name] ?? [];
      if (failing !== activity || type === undefined || met.has(name)) return;
      met.add(name);
      throw failure(type, `scripted ${type}`);
    };
    const standIn = standInActivities({
      fetchSource: async (input, usual) => {
        meet('fetchSource', input.context);
        return usual(input);
      },
      createBuildPod: async (input, usual) => {
        meet('createBuildPod', input.attempt.container);
        return usual(input);
      },
      awaitBuildPod: async (input, usual) => {
        meet('awaitBuildPod', input.attempt.container);
        return usual(input);
      },
      verifyImage: async (input, usual) => {
        meet('verifyImage', input.repository);
        return usual(input);
      },
    });
    await using build = await temporal.build(standIn, applicationOf({ api: Object.keys(outages) }));

    expect(await endOf(build.handle)).toMatchObject({ kind: 'succeeded' });
    const tries = Object.entries(outages).map(([name, [activity]]) => {
      const wanted = `${activity} api/${name}`;
      return [name, standIn.begun(activity).filter((call) => call === wanted).length];
    });
    expect(Object.fromEntries(tries)).toEqual({ source: 2, quota: 2, lease: 2, registry: 2 });
    const containers = Object.values(containersOf(await resultOf(build.handle)));
    expect(containers.map(({ attempts }) => attempts.length)).toEqual([1, 1, 1, 1]);
  },
);
