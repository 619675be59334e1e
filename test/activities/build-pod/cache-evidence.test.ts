import { describe, expect, it } from 'vitest';
import { classify } from '../../../activities/build-pod/evidence/classify.ts';
import { endedOutcome } from '../../../activities/build-pod/outcome.ts';
import { cacheWarnings } from '../../../activities/build-pod/evidence/cache.ts';
import type { PodFacts } from '../../../activities/build-pod/pod-facts.ts';

const key = '916d40fe4d961ee1e63400e59389221a1c0c6afb073328911edf42aff23c3bd5';
/** As Buildah 1.28.2 wrote it, and 1.39.3 except for the name of what could not be pushed. */
const unreadable = `time="2026-11-23T02:45:45Z" level=warning msg="Failed, retrying in 2s ... (1/2). Error: initializing source docker://10.98.135.1:1/cache/x:${key}: pinging container registry 10.98.135.1:1: Get \\"https://10.98.135.1:1/v2/\\": dial tcp 10.98.135.1:1: connect: connection refused"`;
const pushFailed = `Error: failed pushing cache to {{{"10.98.135.1:1" "cache/x"} "${key}"} %!q(bool=false)}: trying to reuse blob sha256:a5 at destination: pinging container registry 10.98.135.1:1: Get "https://10.98.135.1:1/v2/": dial tcp 10.98.135.1:1: connect: connection refused`;
const uploadFailed =
  'time="2026-03-02T10:15:09Z" level=warning msg="Error uploading layer to cache: failed to push to destination cache.example.com/a:1f: DENIED: requested access to the resource is denied"';

describe('cacheWarnings', () => {
  it('tells that Buildah could not read layers, and how often', () => {
    expect(cacheWarnings('buildah', `STEP 2/2: RUN x\n${unreadable}\n${unreadable}\nok\n`)).toEqual(
      [
        'the layer cache was in trouble (2 times), so layers were built or will be built again: pinging container registry 10.98.135.1:1: Get "https://10.98.135.1:1/v2/": dial tcp 10.98.135.1:1: connect: connection refused',
      ],
    );
  });

  it('tells that Kaniko could not write layers', () => {
    expect(cacheWarnings('kaniko', `level=info msg="RUN x"\n${uploadFailed}\n`)).toEqual([
      expect.stringMatching(/^the layer cache was in trouble, so .*: failed to push .* is denied$/),
    ]);
  });

  it.each([
    ['buildah', ''],
    ['buildah', 'STEP 1/2: FROM a\n--> Using cache 916d40fe4d96\n'],
    [
      'buildah',
      unreadable
        .replace(`cache/x:${key}`, 'library/debian:12')
        .replace('10.98.135.1:1/', 'docker.io/'),
    ],
    ['buildah', unreadable.replace(`:${key}`, `@sha256:${key}`)],
    [
      'kaniko',
      'time="2026-03-02T10:15:01Z" level=info msg="No cached layer found for cmd RUN x"\n',
    ],
    ['kaniko', 'echo Error uploading layer to cache: mine\n'],
  ] as const)('has none for %s where the cache did its work: %#', (builder, log) => {
    expect(cacheWarnings(builder, log)).toEqual([]);
  });

  it('is short, whatever the log says', () => {
    const long = uploadFailed.replace('denied"', `${'x'.repeat(5_000)}"`);
    expect(cacheWarnings('kaniko', long)[0]?.length).toBeLessThanOrEqual(500);
  });
});

const facts: PodFacts = {
  namespace: 'builds',
  name: 'bld-x',
  uid: 'u',
  phase: 'Failed',
  reason: null,
  message: null,
  nodeName: 'node-1',
  createdAt: 0,
  startedAt: 0,
  activeDeadlineSeconds: 60,
  deleting: false,
  annotations: {},
  conditions: [],
  containers: [],
};

describe('a layer that Buildah cannot write', () => {
  it.each(['connection refused', 'denied: requested access to the resource is denied'])(
    'is worth another attempt, which does not write: %s',
    (reason) => {
      const log = `STEP 2/2: RUN x\n${pushFailed.replace('connection refused', reason)}\n`;
      expect(classify('buildah', { facts, log })).toEqual({
        failureType: 'RegistryUnavailable',
        reason: expect.stringMatching(
          /^a layer could not be written to the layer cache, the next attempt goes without: trying/,
        ),
      });
    },
  );
});

it('a build that ended well tells of the trouble that its cache had', () => {
  const digest = `sha256:${'d'.repeat(64)}`;
  const ended: PodFacts = {
    ...facts,
    phase: 'Succeeded',
    annotations: { 'slipway/builder': 'buildah' },
    containers: [
      {
        name: 'push',
        memoryLimit: null,
        storageLimit: null,
        state: {
          kind: 'terminated',
          exitCode: 0,
          reason: 'Completed',
          message: digest,
          finishedAt: 0,
        },
      },
    ],
  };
  expect(endedOutcome(ended, `${unreadable}\n`, 0)).toMatchObject({
    kind: 'succeeded',
    digest,
    warnings: [expect.stringContaining('connection refused')],
  });
  expect(endedOutcome(ended, 'STEP 1/1: FROM a\n', 0)).not.toHaveProperty('warnings');
});
