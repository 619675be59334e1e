import { expect, it, onTestFinished } from 'vitest';
import { startPodInformer } from '../../../activities/build-pod/pod-informer.ts';
import { startScriptedKubernetes } from '../../support/scripted-kubernetes.ts';
import { createManualClock } from './manual-clock.ts';

/** Each look moves time on: many of them, without waiting. */
const fast = { interval: 1, timeout: 5_000 };

/** The informer over the real client library, with a login that the test can break. */
async function watching() {
  const kubernetes = await startScriptedKubernetes();
  const clock = createManualClock();
  const errors: unknown[] = [];
  const pauses: number[] = [];
  const { config } = kubernetes;
  const login = config.applySecurityAuthentication.bind(config);
  const informer = startPodInformer({
    config,
    namespace: 'builds',
    installation: 'test',
    clock: {
      ...clock,
      sleep(milliseconds, signal) {
        pauses.push(milliseconds);
        return clock.sleep(milliseconds, signal);
      },
    },
    onError: (error) => errors.push(error),
  });
  onTestFinished(async () => {
    await informer.stop();
    await kubernetes.stop();
  });
  await expect.poll(() => kubernetes.watches()).toBe(1);
  let logins = 0;
  return {
    kubernetes,
    clock,
    errors,
    pauses,
    logins: () => logins,
    /** As when the credentials end between a LIST and the WATCH after it. */
    breakLogin(error: Error) {
      config.applySecurityAuthentication = async (context) => {
        if (!context.getUrl().includes('watch=true')) return login(context);
        logins += 1;
        throw error;
      };
    },
    mendLogin() {
      config.applySecurityAuthentication = login;
    },
  };
}

function loginFailed(): Error {
  return new Error('exec: the login plugin exited with 1');
}

it('starts again until it works when the restart itself fails', async () => {
  const { kubernetes, clock, errors, ...login } = await watching();
  kubernetes.failNext('watch=true', 500, 'restarting');
  kubernetes.dropWatches();
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  login.breakLogin(loginFailed());
  await expect.poll(() => (clock.advance(1_000), login.logins()), fast).toBeGreaterThan(3);
  expect(kubernetes.watches()).toBe(0);
  login.mendLogin();
  await expect.poll(() => (clock.advance(1_000), kubernetes.watches()), fast).toBe(1);
});

it('reports a login that fails when the library reconnects, and goes on', async () => {
  const { kubernetes, clock, errors, ...login } = await watching();
  login.breakLogin(loginFailed());
  kubernetes.expireWatches();
  await expect
    .poll(() => (clock.advance(1_000), errors.map(String).join()), fast)
    .toContain('exec: the login plugin exited with 1');
  login.mendLogin();
  await expect.poll(() => (clock.advance(1_000), kubernetes.watches()), fast).toBe(1);
});

it('waits twice as long from try to try, at most half a minute', async () => {
  const { kubernetes, clock, pauses, ...login } = await watching();
  login.breakLogin(loginFailed());
  kubernetes.dropWatches();
  await expect.poll(() => (clock.advance(30_000), pauses.length), fast).toBeGreaterThanOrEqual(7);
  expect(pauses.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

it('knows how many Pods are in each phase, once it has a list', async () => {
  const kubernetes = await startScriptedKubernetes();
  const { config } = kubernetes;
  const options = { config, namespace: 'builds', installation: 'test', onError: () => undefined };
  const informer = startPodInformer({ ...options, clock: createManualClock() });
  onTestFinished(async () => {
    await informer.stop();
    await kubernetes.stop();
  });
  expect(informer.podsByPhase()).toBeNull();
  await expect.poll(() => kubernetes.watches(), fast).toBe(1);
  expect(informer.podsByPhase()).toEqual(new Map());
});
