import { describe, expect, it } from 'vitest';
import { CancelledFailure } from '@temporalio/common';
import type { PodRef } from '../../../workflows/contract/activities.ts';
import { failure } from '../../../workflows/contract/failures.ts';
import { logKey, logPartKey } from '../../../activities/build-pod/log-store.ts';
import { createSlots } from '../../../activities/build-pod/slots.ts';
import { attempt } from './fixtures.ts';
import { settled, startCluster } from './cluster.ts';
import { digest, ended, running, unschedulable, waiting } from './pods.ts';

async function withPod(options: Parameters<typeof startCluster>[0] = {}) {
  const cluster = await startCluster(options);
  const pod = await cluster.create();
  cluster.kubernetes.setNode('node-1', 'True', new Date(0));
  await expect.poll(() => cluster.kubernetes.watches()).toBe(1);
  return { ...cluster, pod, start: new Date(cluster.clock.now()) };
}

function podPath({ name }: PodRef): string {
  return `/api/v1/namespaces/builds/pods/${name}`;
}

describe('awaitBuildPod', () => {
  it('follows the Pod to its digest, and keeps its log', async () => {
    const { kubernetes, pod, start, store, ...cluster } = await withPod();
    const { outcome, progress } = cluster.wait(pod);
    await expect.poll(() => progress.length).toBe(1);
    kubernetes.setStatus(pod.name, running(start), 'node-1');
    kubernetes.appendLog(pod.name, 'kaniko', 'INFO[0000] RUN true\n');
    await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
    kubernetes.appendLog(pod.name, 'kaniko', 'INFO[0001] Pushed\n');
    kubernetes.endLog(pod.name, 'kaniko');
    kubernetes.setStatus(pod.name, ended(0, { message: `${digest}\n` }));
    expect(await outcome).toMatchObject({ kind: 'succeeded', digest });
    expect(store.objects.get(logKey(attempt))?.toString()).toBe(
      'INFO[0000] RUN true\nINFO[0001] Pushed\n',
    );
    expect(progress[0]).toEqual({
      podUid: pod.uid,
      phase: 'Pending',
      reason: 'not scheduled yet',
      lastLogLine: null,
    });
  });

  it('says what a failed build says, with the end of its log', async () => {
    const { kubernetes, pod, start, ...cluster } = await withPod();
    const log = `${'x'.repeat(8_000)}\ntime="x" level=info msg="RUN npm ci"\nerror building image: error building stage: failed to execute command: waiting for process to exit: exit status 3\n`;
    kubernetes.appendLog(pod.name, 'kaniko', log);
    kubernetes.endLog(pod.name, 'kaniko');
    kubernetes.setStatus(pod.name, { ...ended(3), startTime: start }, 'node-1');
    const outcome = await cluster.wait(pod).outcome;
    expect(outcome).toMatchObject({
      kind: 'failed',
      failureType: 'BuildCommandFailed',
      reason: '`RUN npm ci` exited with 3',
    });
    const text = outcome.kind === 'failed' ? (outcome.log ?? '') : '';
    expect(text).toMatch(/^time="x"/);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
  });

  it('redacts the signature of the context URL wherever it is quoted', async () => {
    const { kubernetes, pod, store, ...cluster } = await withPod();
    const line =
      'error building image: parsing dockerfile: Get "https://s/x?X-Amz-Signature=cafe": EOF\n';
    kubernetes.appendLog(pod.name, 'kaniko', line);
    kubernetes.endLog(pod.name, 'kaniko');
    kubernetes.setStatus(pod.name, ended(1, { message: line }), 'node-1');
    const outcome = await cluster.wait(pod).outcome;
    expect(outcome).toMatchObject({ failureType: 'DockerfileInvalid' });
    expect(JSON.stringify(outcome)).not.toContain('cafe');
    expect(store.objects.get(logKey(attempt))?.toString()).not.toContain('cafe');
  });

  it('takes the values of build-time secrets out of whatever it tells', async () => {
    const token = 'npm_9vXq2';
    const { kubernetes, pod, store, ...cluster } = await withPod({
      secrets: { buildValue: async (name, key) => `${name}.${key}=${token}\n` },
    });
    const line = `error building image: parsing dockerfile: npm.token=${token} is refused\n`;
    kubernetes.appendLog(pod.name, 'kaniko', `npm config\n${line}`);
    kubernetes.endLog(pod.name, 'kaniko');
    kubernetes.setStatus(pod.name, ended(1, { message: line }), 'node-1');
    const { outcome, progress } = cluster.wait(pod, undefined, [
      { id: 'npmrc', secret: 'npm', key: 'token' },
    ]);
    expect(await outcome).toMatchObject({
      failureType: 'DockerfileInvalid',
      reason: expect.stringContaining('[redacted] is refused'),
    });
    const told = JSON.stringify([
      await outcome,
      progress,
      String(store.objects.get(logKey(attempt))),
    ]);
    expect(told).toContain('npm config');
    expect(told).not.toContain(token);
  });

  it('takes the kubelet’s copy where there is no log to read', async () => {
    const { kubernetes, pod, ...cluster } = await withPod();
    const message = 'error building image: parsing dockerfile: dockerfile parse error on line 2';
    kubernetes.setStatus(pod.name, ended(1, { message }), 'node-1');
    expect(await cluster.wait(pod).outcome).toMatchObject({
      failureType: 'DockerfileInvalid',
      log: message,
    });
  });

  it.each([
    ['no digest', ended(0, { message: 'sha256:short' }), 'BuilderFault'],
    [
      'OOMKilled with exit code 0',
      ended(0, { message: digest, reason: 'OOMKilled' }),
      'OutOfMemory',
    ],
    ['a digest but exit code 1', ended(1, { message: digest }), 'Unknown'],
  ])('does not believe %s', async (_label, status, failureType) => {
    const { kubernetes, pod, ...cluster } = await withPod();
    kubernetes.setStatus(pod.name, status, 'node-1');
    expect(await cluster.wait(pod).outcome).toMatchObject({ kind: 'failed', failureType });
  });

  describe('a Pod that does not start', () => {
    it('is Unschedulable when the queue timeout is over, with the scheduler’s words', async () => {
      const { kubernetes, pod, clock, ...cluster } = await withPod();
      const message = '0/1 nodes are available: 1 Insufficient memory.';
      kubernetes.setStatus(pod.name, unschedulable(message));
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.reason).toBe(message);
      clock.advance(590_000);
      await expect.poll(() => progress.length).toBeGreaterThan(1);
      expect(await settled(clock, outcome)).toMatchObject({
        failureType: 'Unschedulable',
        reason: `not scheduled within 600 s: ${message}`,
      });
    });

    it('heartbeats no signature that the kubelet quotes', async () => {
      const { kubernetes, pod, start, ...cluster } = await withPod();
      const message = 'Get "https://r/x?X-Amz-Signature=cafe": net/http: TLS handshake timeout';
      kubernetes.setStatus(pod.name, waiting('ErrImagePull', message, start), 'node-1');
      const { progress } = cluster.wait(pod);
      await expect
        .poll(() => progress.at(-1)?.reason)
        .toContain('Get "https://r/x?[redacted]": net/http');
      expect(JSON.stringify(progress)).not.toContain('cafe');
    });

    it('fails at once when the builder image does not exist', async () => {
      const { kubernetes, pod, start, ...cluster } = await withPod();
      const message = 'failed to resolve reference "r/x@sha256:1": r/x@sha256:1: not found';
      kubernetes.setStatus(pod.name, waiting('ErrImagePull', message, start), 'node-1');
      expect(await cluster.wait(pod).outcome).toMatchObject({
        failureType: 'BuilderImagePull',
        reason: expect.stringContaining('not found'),
      });
    });

    it('gives a registry that does not answer the grace, then fails', async () => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod();
      const message = 'dial tcp: i/o timeout';
      kubernetes.setStatus(pod.name, waiting('ErrImagePull', message, start), 'node-1');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.reason).toContain(message);
      expect(await settled(clock, outcome)).toMatchObject({ failureType: 'BuilderImagePull' });
      expect(clock.now() - start.getTime()).toBeGreaterThanOrEqual(60_000);
    });

    it('names a Secret that is missing, as the node’s warning says', async () => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, waiting('ContainerCreating', '', start), 'node-1');
      kubernetes.addWarning(
        pod.name,
        'FailedMount',
        'MountVolume.SetUp failed for volume "login" : secret "shop-registry" not found',
      );
      expect(await settled(clock, cluster.wait(pod).outcome)).toMatchObject({
        failureType: 'SecretNotFound',
      });
    });
  });

  describe('a Pod that does not end', () => {
    it('has exceeded its deadline when the kubelet is late to say so', async () => {
      // Nobody listens to its log, so its silence says nothing.
      const logStreams = createSlots(0);
      const { kubernetes, pod, start, clock, ...cluster } = await withPod({ logStreams });
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      clock.advance(1_795_000);
      expect(await settled(clock, outcome)).toMatchObject({ failureType: 'DeadlineExceeded' });
      expect(clock.now() - start.getTime()).toBeLessThan(1_830_000);
    });

    it('stands still when it has printed nothing for half its time', async () => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'INFO[0000] RUN ./configure\n');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      clock.advance(800_000);
      await expect.poll(() => progress.length).toBeGreaterThan(1);
      kubernetes.appendLog(pod.name, 'kaniko', 'checking for gcc\n');
      // Moved on until the line has been heard: then the silence begins anew.
      await expect
        .poll(() => {
          clock.advance(100);
          return progress.at(-1)?.lastLogLine;
        })
        .toBe('checking for gcc');
      const heard = clock.now();
      expect(await settled(clock, outcome)).toMatchObject({
        kind: 'failed',
        failureType: 'BuildStalled',
        reason:
          'printed nothing for 15 min, which is the limit: half of `timeouts.build`, at least 10 min',
        log: expect.stringContaining('checking for gcc'),
      });
      expect(clock.now() - heard).toBeGreaterThan(880_000);
    });

    it('does not stand still where only the stream of its log has died', async () => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'line 0\n');
      const { outcome, progress } = cluster.wait(pod);
      const last = () => progress.at(-1)?.lastLogLine;
      await expect.poll(() => (clock.advance(500), last()), { interval: 1 }).toBe('line 0');
      for (const line of ['line 1', 'line 2', 'line 3']) {
        kubernetes.muteLogs();
        kubernetes.appendLog(pod.name, 'kaniko', `${line}\n`);
        await expect.poll(() => (clock.advance(5_000), last()), { interval: 1 }).toBe(line);
      }
      kubernetes.endLog(pod.name, 'kaniko');
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      expect(await settled(clock, outcome)).toMatchObject({ kind: 'succeeded' });
      expect(clock.now() - start.getTime()).toBeGreaterThan(900_000);
    });

    it('does not stand still where its log cannot be had', async () => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'line 0\n');
      const { outcome, progress } = cluster.wait(pod);
      await expect
        .poll(() => (clock.advance(500), progress.at(-1)?.lastLogLine), { interval: 1 })
        .toBe('line 0');
      kubernetes.failAlways('/log?', 500, 'the kubelet does not answer');
      kubernetes.cutLogs();
      for (const beats of [progress.length + 1, progress.length + 2]) {
        clock.advance(890_000);
        await expect.poll(() => progress.length).toBeGreaterThanOrEqual(beats);
      }
      expect(await settled(clock, outcome)).toMatchObject({ failureType: 'DeadlineExceeded' });
    });

    it('is lost with a node that has been unreachable for nodeLostAfter', async () => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      kubernetes.setNode('node-1', 'Unknown', new Date(clock.now()));
      expect(await settled(clock, outcome)).toMatchObject({
        failureType: 'NodeLost',
        reason: 'node node-1 has not been reachable for 60 s',
      });
      expect(clock.now() - start.getTime()).toBeLessThan(95_000);
    });
  });

  describe('a Pod that is taken away', () => {
    it('is PodDeleted when the object is gone', async () => {
      const { kubernetes, pod, start, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      kubernetes.remove(pod.name);
      expect(await outcome).toMatchObject({ failureType: 'PodDeleted' });
    });

    it('is PodDeleted when another Pod has its name', async () => {
      const { pod, ...cluster } = await withPod();
      const other = { ...pod, uid: 'another' };
      expect(await cluster.wait(other).outcome).toMatchObject({
        failureType: 'PodDeleted',
        reason: expect.stringContaining('another one has its name'),
      });
    });

    it('is Preempted when the cluster announces that', async () => {
      const { kubernetes, pod, start, ...cluster } = await withPod();
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      };
      kubernetes.setStatus(pod.name, { ...running(start), conditions: [condition] }, 'node-1');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      const deleting = cluster.delete();
      expect(await outcome).toMatchObject({ failureType: 'Preempted' });
      kubernetes.remove(pod.name);
      await deleting;
    });
  });

  describe('what a worker may meet', () => {
    it('one LIST and one WATCH serve any number of waits', async () => {
      const { kubernetes, pod, ...cluster } = await withPod();
      const waits = Array.from({ length: 5 }, () => cluster.wait(pod).outcome);
      kubernetes.setStatus(pod.name, ended(0, { message: digest }), 'node-1');
      await Promise.all(waits);
      const lists = kubernetes.requests.filter((line) => line.includes('/pods?labelSelector'));
      expect(lists).toHaveLength(1);
      expect(kubernetes.requests.filter((line) => line.includes('watch=true'))).toHaveLength(1);
      expect(lists[0]).toContain(encodeURIComponent('slipway/installation=test'));
    });

    it.each(['dropWatches', 'expireWatches'] as const)('survives %s', async (event) => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod();
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.length).toBeGreaterThan(0);
      kubernetes[event]();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      await expect
        .poll(() => {
          clock.advance(100);
          return progress.at(-1)?.phase;
        })
        .toBe('Running');
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      expect(await settled(clock, outcome)).toMatchObject({ kind: 'succeeded' });
    });

    it('starts its watch again after an error that stops the library’s informer', async () => {
      const { kubernetes, clock, errors } = await startCluster();
      await expect.poll(() => kubernetes.watches()).toBe(1);
      kubernetes.failNext('watch=true', 500, 'restarting');
      kubernetes.dropWatches();
      await expect.poll(() => (clock.advance(1_000), errors.length)).toBe(1);
      await expect.poll(() => (clock.advance(1_000), kubernetes.watches())).toBe(1);
    });

    it('believes an end when the API server confirms it, not on the news alone', async () => {
      const { kubernetes, pod, start, ...cluster } = await withPod();
      const { outcome, progress } = cluster.wait(pod);
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      const reads = (): number =>
        kubernetes.requests.filter((line) => line === `GET ${podPath(pod)}`).length;
      const before = reads();
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      await outcome;
      expect(reads()).toBeGreaterThan(before);
    });

    it('asks again where news came while it asked: the answer may be older', async () => {
      const { kubernetes, pod, start, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      const release = kubernetes.holdNext(`GET ${podPath(pod)}`);
      const { outcome } = cluster.wait(pod);
      await expect.poll(() => kubernetes.requests).toContain(`GET ${podPath(pod)}`);
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      await expect.poll(() => cluster.told('Succeeded')).toBe(1);
      release();
      // Time stands still: no later look could find it.
      expect(await outcome).toMatchObject({ kind: 'succeeded' });
    });

    it('goes on to say that it lives while the API server is silent, and hears a cancel', async () => {
      const { kubernetes, pod, clock, ...cluster } = await withPod();
      const release = kubernetes.holdNext(`GET ${podPath(pod)}`);
      const { outcome, progress, environment } = cluster.wait(pod);
      await expect.poll(() => (clock.advance(1_000), progress.length)).toBeGreaterThan(1);
      environment.cancel();
      await expect(outcome).rejects.toBeInstanceOf(CancelledFailure);
      release();
    });

    it.each([true, false])(
      'is not kept by a container that ends without a word, with its node (log followed: %s)',
      async (follow) => {
        const { kubernetes, pod, clock, start, ...cluster } = await withPod({
          logStreams: createSlots(follow ? 1 : 0),
        });
        const { outcome } = cluster.wait(pod);
        const lost = { ...running(start), phase: 'Failed', reason: 'Evicted', message: 'disk' };
        kubernetes.failAlways('/log', 404, 'gone');
        kubernetes.setStatus(pod.name, lost, 'node-1');
        expect(await settled(clock, outcome)).toMatchObject({
          kind: 'failed',
          failureType: 'Evicted',
        });
      },
    );

    it('finds the end by asking when no news come', async () => {
      const { kubernetes, pod, clock, ...cluster } = await withPod();
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.length).toBeGreaterThan(0);
      for (let attempts = 0; attempts < 40; attempts += 1) {
        kubernetes.failNext('watch=true', 500, 'restarting');
      }
      kubernetes.dropWatches();
      kubernetes.setStatus(pod.name, ended(0, { message: digest }), 'node-1');
      expect(await settled(clock, outcome)).toMatchObject({ kind: 'succeeded' });
    });

    it('fails with ClusterUnavailable, to be tried again, when the API refuses', async () => {
      const { kubernetes, pod, ...cluster } = await withPod();
      kubernetes.failNext(`GET ${podPath(pod)}`, 429, 'slow down');
      await expect(cluster.wait(pod).outcome).rejects.toMatchObject({ type: 'ClusterUnavailable' });
    });

    it('ends its turn when the lease is over', async () => {
      const { kubernetes, pod, start, clock, ...cluster } = await withPod({ lease: 60 });
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      await expect(settled(clock, cluster.wait(pod).outcome)).rejects.toMatchObject({
        type: 'PodStillRunning',
        nonRetryable: false,
      });
    });

    it('ends its turn at once where there is no room for another wait, and has some afterwards', async () => {
      const { pod, kubernetes, ...cluster } = await withPod({ waits: createSlots(1) });
      const first = cluster.wait(pod);
      await expect(cluster.wait(pod).outcome).rejects.toMatchObject({
        type: 'PodStillRunning',
        nextRetryDelay: 5_000,
      });
      kubernetes.setStatus(pod.name, ended(0, { message: digest }), 'node-1');
      await first.outcome;
      expect(await cluster.wait(pod).outcome).toMatchObject({ kind: 'succeeded' });
    });

    it('only stops waiting when it is cancelled: the Pod stays', async () => {
      const { kubernetes, pod, start, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      const { outcome, progress, environment } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      environment.cancel('WORKER_SHUTDOWN');
      await expect(outcome).rejects.toBeInstanceOf(CancelledFailure);
      expect(kubernetes.pods()).toHaveLength(1);
      expect(kubernetes.requests.some((line) => line.startsWith('DELETE'))).toBe(false);
    });
  });

  describe('the log', () => {
    it('goes on where the worker before stopped, without a gap or a repetition', async () => {
      const { kubernetes, pod, start, clock, store, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'one\ntwo\n');
      const first = cluster.wait(pod);
      await expect
        .poll(() => (clock.advance(500), store.objects.has(logPartKey(attempt, 0))), {
          interval: 1,
        })
        .toBe(true);
      first.environment.cancel('WORKER_SHUTDOWN');
      await expect(first.outcome).rejects.toBeInstanceOf(CancelledFailure);

      kubernetes.appendLog(pod.name, 'kaniko', 'three\n');
      kubernetes.endLog(pod.name, 'kaniko');
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      await cluster.wait(pod).outcome;
      expect(store.objects.get(logKey(attempt))?.toString()).toBe('one\ntwo\nthree\n');
    });

    it('keeps the activity alive while a slow store lists what it has', async () => {
      const { kubernetes, pod, clock, store, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, ended(0, { message: digest }), 'node-1');
      const listing = Promise.withResolvers<void>();
      const list = store.list.bind(store);
      store.list = async (prefix) => {
        await listing.promise;
        return list(prefix);
      };
      const { outcome, progress } = cluster.wait(pod);
      for (const beats of [1, 2, 3]) {
        clock.advance(5_000);
        await expect.poll(() => progress.length).toBe(beats);
      }
      listing.resolve();
      expect(await settled(clock, outcome)).toMatchObject({ kind: 'succeeded' });
    });

    it('goes on where a broken stream stopped', async () => {
      const { kubernetes, pod, start, clock, store, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'one\ntw');
      const { outcome, progress } = cluster.wait(pod);
      await expect
        .poll(() => (clock.advance(500), progress.at(-1)?.lastLogLine), { interval: 1 })
        .toBe('one');
      kubernetes.cutLogs();
      kubernetes.appendLog(pod.name, 'kaniko', 'o\nthree\n');
      kubernetes.endLog(pod.name, 'kaniko');
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      await settled(clock, outcome);
      expect(store.objects.get(logKey(attempt))?.toString()).toBe('one\ntwo\nthree\n');
    });

    it('says so where the node has begun a new file while the stream was broken', async () => {
      const { kubernetes, pod, start, clock, store, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'one\ntwo\n');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => (clock.advance(500), progress.at(-1)?.lastLogLine)).toBe('two');
      kubernetes.rotateLog(pod.name, 'kaniko', 'four\n');
      kubernetes.cutLogs();
      kubernetes.endLog(pod.name, 'kaniko');
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      await settled(clock, outcome);
      expect(store.objects.get(logKey(attempt))?.toString()).toMatch(
        /^one\ntwo\n\n… the node has begun a new log file: .*…\nfour\n$/,
      );
    });

    it('that the store does not take fails the wait, to be read again', async () => {
      const { kubernetes, pod, clock, store, ...cluster } = await withPod();
      kubernetes.appendLog(pod.name, 'kaniko', `${'x'.repeat(1_023)}\n`.repeat(9 * 1_024));
      kubernetes.endLog(pod.name, 'kaniko');
      kubernetes.setStatus(pod.name, ended(0, { message: digest }), 'node-1');
      store.putIfAbsent = () => Promise.reject(failure('StorageUnavailable', 'down'));
      await expect(settled(clock, cluster.wait(pod).outcome)).rejects.toMatchObject({
        type: 'StorageUnavailable',
      });
    });

    it('is read once more when a stream does not end with its container', async () => {
      const { kubernetes, pod, start, clock, store, ...cluster } = await withPod();
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'one\n');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => (clock.advance(500), progress.at(-1)?.lastLogLine)).toBe('one');
      // Without `endLog` the stream stays open, as over a connection that died unnoticed.
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      const endedAt = clock.now();
      expect(await settled(clock, outcome)).toMatchObject({ kind: 'succeeded' });
      expect(clock.now() - endedAt).toBeLessThan(10_000);
      expect(store.objects.get(logKey(attempt))?.toString()).toBe('one\n');
    });

    it('that cannot be read does not hold the outcome up for ever', async () => {
      const { kubernetes, pod, clock, ...cluster } = await withPod();
      for (let attempts = 0; attempts < 40; attempts += 1) {
        kubernetes.failNext('/log?', 500, 'the kubelet does not answer');
      }
      const message = 'error building image: nope is not a valid target build stage';
      kubernetes.setStatus(pod.name, ended(1, { message }), 'node-1');
      expect(await settled(clock, cluster.wait(pod).outcome)).toMatchObject({
        failureType: 'DockerfileInvalid',
        log: message,
      });
    });

    it('is read at the end when all streams are taken', async () => {
      const { kubernetes, pod, start, store, ...cluster } = await withPod({
        logStreams: createSlots(0),
      });
      kubernetes.setStatus(pod.name, running(start), 'node-1');
      kubernetes.appendLog(pod.name, 'kaniko', 'all of it\n');
      const { outcome, progress } = cluster.wait(pod);
      await expect.poll(() => progress.at(-1)?.phase).toBe('Running');
      expect(kubernetes.requests.some((line) => line.includes('/log?'))).toBe(false);
      kubernetes.setStatus(pod.name, ended(0, { message: digest }));
      await outcome;
      expect(store.objects.get(logKey(attempt))?.toString()).toBe('all of it\n');
    });
  });
});
