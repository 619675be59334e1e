import { describe, expect, inject, test } from 'vitest';
import { inputTag } from '../../../workflows/contract/ids.ts';
import { useBuildPods, type Wanted } from './build-pods.ts';

const local = inject('environment');
const { services, inputFor, run } = useBuildPods();

describe('a Buildah Pod', () => {
  test('pushes an image with the same digest whenever its inputs are the same', async () => {
    const wanted: Wanted = {
      dockerfile:
        'FROM busybox AS first\nARG MODE\nRUN echo "$MODE" > /mode\nFROM busybox\nCOPY --from=first /mode /mode\nCOPY . /srv\nRUN mkdir /made && touch /made/file && cat /mode\n',
      files: { 'a.txt': 'hello' },
      container: { buildArgs: { MODE: '$(HOME) and "more"' } },
    };
    const input = await inputFor(wanted);
    const { outcome, log } = await run(input);
    expect({ ...outcome, text: log }).toMatchObject({ kind: 'succeeded' });
    expect(log).toContain('$(HOME) and "more"\n');
    const again = await run(await inputFor(wanted));
    const digest = outcome.kind === 'succeeded' ? outcome.digest : '';
    expect(again.outcome).toMatchObject({ digest });
    const tag = `${input.container.repository}:${inputTag(input.inputDigest)}`;
    expect(await services().registry.resolve(tag, input.container.pushSecret)).toBe(digest);
  });

  test('gives RUN what usual images take for granted', async () => {
    const dockerfile = [
      'FROM busybox',
      // The scripts of apk packages.
      'RUN chroot / true',
      // A service of another user, for as long as a RUN needs it.
      'RUN echo "other:x:7:7::/:/bin/sh" >> /etc/passwd && su other -c "exec sleep 60" & \\',
      '  until test "$(stat -c %u /proc/$!)" = 7; do sleep 0.1; done && kill $!',
    ].join('\n');
    const { outcome, log } = await run(await inputFor({ dockerfile }));
    expect({ ...outcome, text: log }).toMatchObject({ kind: 'succeeded' });
  });

  test.each<[string, Wanted, string, string]>([
    [
      'failing RUN',
      { dockerfile: 'FROM busybox\nRUN echo hello; exit 7\n' },
      'BuildCommandFailed',
      '`RUN echo hello; exit 7` (step 2) exited with 7',
    ],
    ['bad Dockerfile', { dockerfile: 'FROM busybox\nRUNN x\n' }, 'DockerfileInvalid', 'RUNN'],
    [
      'missing file',
      { dockerfile: 'FROM busybox\nCOPY nothere /\n' },
      'DockerfileInvalid',
      'nothere',
    ],
    ['missing base', { dockerfile: 'FROM busybox:nope\n' }, 'BaseImageNotFound', 'nope'],
    [
      'out of memory',
      {
        dockerfile: 'FROM busybox\nRUN tail /dev/zero\n',
        container: { resources: { memory: '64Mi' } },
      },
      'OutOfMemory',
      'memory',
    ],
    [
      'deadline',
      {
        dockerfile: 'FROM busybox\nRUN sleep 600\n',
        container: { timeouts: { queue: 60, build: 8 } },
      },
      'DeadlineExceeded',
      '8 s',
    ],
    [
      'missing builder image',
      {
        dockerfile: 'FROM busybox\n',
        builderImage: `docker.io/slipway/nothere@sha256:${'1'.repeat(64)}`,
      },
      'BuilderImagePull',
      'slipway/nothere',
    ],
    [
      'unschedulable',
      {
        dockerfile: 'FROM busybox\n',
        container: { resources: { cpu: '1000' }, timeouts: { queue: 2, build: 60 } },
      },
      'Unschedulable',
      'cpu',
    ],
    [
      'push refused',
      {
        dockerfile: 'FROM busybox\nRUN true\n',
        container: { pushSecret: null, pullSecret: local.registry.secretName },
      },
      'PushDenied',
      'pushing image',
    ],
  ])('%s', async (_label, wanted, failureType, reason) => {
    const { outcome, log } = await run(await inputFor(wanted));
    expect({ ...outcome, text: log }).toMatchObject({
      kind: 'failed',
      failureType,
      reason: expect.stringContaining(reason),
    });
    expect(JSON.stringify(outcome) + log).not.toMatch(/X-Amz-Signature=[0-9a-f]/);
  });

  test('whose context is gone says so, and quotes no URL anywhere', async () => {
    const input = await inputFor({ dockerfile: 'FROM busybox\n' });
    const gone = { ...input.context, object: 'contexts/gone.tar.gz' };
    const { outcome, log } = await run({ ...input, context: gone });
    expect(outcome).toMatchObject({
      kind: 'failed',
      failureType: 'ContextExpired',
      reason: 'the object store answered 404 Not Found',
      log: 'context: the object store answered 404 Not Found\n',
    });
    // As the Pod wrote it, before anything is redacted.
    expect(log).toBe('context: the object store answered 404 Not Found\n');
  });

  test('does not build what somebody else put in the place of its context', async () => {
    const input = await inputFor({ dockerfile: 'FROM busybox\nCOPY . /\n', files: { a: 'good' } });
    const other = await inputFor({ dockerfile: 'FROM busybox\n', files: { a: 'evil' } });
    const { digest } = input.context;
    const { outcome } = await run({ ...input, context: { ...other.context, digest } });
    expect(outcome).toMatchObject({
      kind: 'failed',
      failureType: 'ContextCorrupted',
      reason: `the object store holds ${other.context.digest} under the key of ${digest}`,
    });
  });
});
