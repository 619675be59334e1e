import { describe, expect, test } from 'vitest';
import { liveness, readiness, type HealthSources } from '../../../worker/health/health.ts';

const running = [
  { taskQueue: 'builds', state: 'RUNNING' },
  { taskQueue: 'builds-pods', state: 'RUNNING' },
];
const well: HealthSources = {
  workers: () => running,
  podsKnown: () => true,
  askTemporal: () => Promise.resolve({}),
};

function withState(state: string): HealthSources {
  return { ...well, workers: () => [...running, { taskQueue: 'builds-source', state }] };
}

describe('ready', () => {
  test('is a process whose workers poll, with Temporal and the Pods at hand', async () => {
    expect(await readiness(well)).toEqual({
      ok: true,
      checks: {
        builds: 'RUNNING',
        'builds-pods': 'RUNNING',
        temporal: 'reachable',
        pods: 'watched',
      },
    });
  });

  test('is also one that watches no Pods', async () => {
    const { ok, checks } = await readiness({ ...well, podsKnown: () => null });
    expect(ok).toBe(true);
    expect(checks).not.toHaveProperty('pods');
  });

  test.each<[string, HealthSources, string, string]>([
    ['starts', { ...well, workers: () => [] }, 'workers', 'starting'],
    ['has a worker that starts', withState('INITIALIZED'), 'builds-source', 'INITIALIZED'],
    ['drains', withState('DRAINING'), 'builds-source', 'DRAINING'],
    ['is not connected', { ...well, askTemporal: () => null }, 'temporal', 'not connected yet'],
    [
      'has lost Temporal',
      { ...well, askTemporal: () => Promise.reject(new Error('deadline')) },
      'temporal',
      'does not answer',
    ],
    ['has no list of Pods', { ...well, podsKnown: () => false }, 'pods', 'not listed yet'],
  ])('is not one that %s', async (_what, sources, check, word) => {
    const { ok, checks } = await readiness(sources);
    expect(ok).toBe(false);
    expect(checks[check]).toBe(word);
  });
});

describe('alive', () => {
  test.each(['INITIALIZED', 'RUNNING', 'DRAINING', 'STOPPED'])(
    'with a worker that is %s',
    (state) => {
      expect(liveness(withState(state)).ok).toBe(true);
    },
  );
  test('not with one that has failed', () => {
    const { ok, checks } = liveness(withState('FAILED'));
    expect(ok).toBe(false);
    expect(checks['builds-source']).toBe('FAILED');
  });
  test('although Temporal is away: a new process would not help', () => {
    const away = { ...well, askTemporal: () => Promise.reject(new Error('deadline')) };
    expect(liveness(away).ok).toBe(true);
  });
});
