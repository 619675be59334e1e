import { describe, expect, inject, test } from 'vitest';
import type { Attempt } from '../../../workflows/contract/build.ts';
import { failurePolicies, type FailureType } from '../../../workflows/contract/failures.ts';
import {
  containerOf,
  createInstallation,
  useInstallation,
} from '../../support/product/installation.ts';

const installation = useInstallation('failures', { SLIPWAY_MEMORY_CEILING: '192Mi' });
const { host } = inject('environment').registry;

interface Case {
  readonly name: string;
  readonly dockerfile: string;
  /** Of the container. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly ref?: string;
  readonly type: FailureType;
  /** What a person reads. */
  readonly message: RegExp;
  /** The last lines of the log; absent: there are none. */
  readonly log?: unknown;
  /** Decisions on the attempts: none when the failure is found before the first Pod. */
  readonly decisions: readonly Attempt['decision'][];
}

const cases: readonly Case[] = [
  {
    name: 'an unknown instruction',
    dockerfile: 'FROM busybox\nRUM true\n',
    type: 'DockerfileInvalid',
    message: /^Dockerfile:2: there is no instruction RUM; did you mean RUN\?$/,
    decisions: [],
  },
  {
    name: 'a COPY of what is not in the context',
    dockerfile: 'FROM busybox\nCOPY missing /missing\n',
    type: 'DockerfileInvalid',
    message: /missing/,
    log: expect.stringMatching(/COPY missing/),
    decisions: ['fail'],
  },
  {
    name: 'a RUN that fails',
    dockerfile: 'FROM busybox\nRUN echo "no such module: left-pad" && exit 3\n',
    type: 'BuildCommandFailed',
    message: /RUN echo .*left-pad.* exited with 3/,
    log: expect.stringMatching(/^no such module: left-pad$/m),
    decisions: ['fail'],
  },
  {
    name: 'a base that does not exist',
    dockerfile: 'FROM debian:no-such-tag\n',
    type: 'BaseImageNotFound',
    message: /debian:no-such-tag/,
    decisions: [],
  },
  {
    name: 'a RUN that takes more memory than there is',
    dockerfile: 'FROM busybox\nRUN tail /dev/zero\n',
    fields: { resources: { memory: '96Mi' } },
    type: 'OutOfMemory',
    message: /ran out of memory at 192Mi in `RUN tail \/dev\/zero`$/,
    log: expect.stringMatching(/tail \/dev\/zero/),
    decisions: ['retry', 'fail'],
  },
  {
    name: 'a build that takes too long',
    dockerfile: 'FROM busybox\nRUN sleep 600\n',
    fields: { timeouts: { build: '4s' } },
    type: 'DeadlineExceeded',
    message: /longer than 4 s/,
    // On a busy machine the Pod does not get far.
    log: expect.stringMatching(/^/),
    decisions: ['fail'],
  },
  {
    name: 'a Pod that fits no node',
    dockerfile: 'FROM busybox\nRUN true\n',
    fields: { timeouts: { queue: '2s' }, nodeSelector: { disk: 'none-has-this' } },
    type: 'Unschedulable',
    message: /not scheduled within 2 s: .*node\(s\) didn't match.*selector/,
    decisions: ['fail'],
  },
  {
    name: 'a push Secret that does not exist',
    dockerfile: 'FROM busybox\nRUN true\n',
    fields: { pushSecret: 'forgotten' },
    type: 'SecretNotFound',
    message: /there is no Secret slipway\/forgotten/,
    decisions: [],
  },
  {
    name: 'a template that names no argument',
    dockerfile: 'FROM {{ base }}\n',
    fields: { template: 'handlebars' },
    type: 'TemplateInvalid',
    message: /base/,
    decisions: [],
  },
];

describe('a build fails of', () => {
  test.concurrent.each(cases)('$name', async (row) => {
    const { repository, build, pods } = installation();
    const source = await repository();
    await source.commit({ Dockerfile: row.dockerfile });
    const result = await build({
      name: 'app',
      source: source.url,
      containers: { 'api/server': row.fields ?? {} },
    });

    const { status, image, failure, attempts } = containerOf(result, 'api/server');
    expect({ build: result.status, status, image }).toEqual({
      build: 'failed',
      status: 'failed',
      image: null,
    });
    expect(result.package).toBeNull();
    expect(failure).toEqual({
      type: row.type,
      message: expect.stringMatching(row.message),
      hint: failurePolicies[row.type].hint,
      log: row.log ?? null,
    });
    expect(attempts.map(({ decision }) => decision)).toEqual(row.decisions);
    expect(attempts.map(({ failureType }) => failureType)).toEqual(
      row.decisions.map(() => row.type),
    );
    expect(pods.ofBuild(result.buildId).map(({ name }) => name)).toEqual(
      attempts.map(({ pod }) => pod),
    );
  });

  test.concurrent('a ref that does not exist, for every container', async () => {
    const { repository, build } = installation();
    const source = await repository();
    await source.commit({ Dockerfile: 'FROM busybox\n' });
    const result = await build({
      name: 'app',
      source: source.url,
      ref: 'no-such-branch',
      containers: { 'api/server': {}, 'web/site': {} },
    });

    expect(result.status).toBe('failed');
    for (const path of ['api/server', 'web/site']) {
      expect(containerOf(result, path)).toMatchObject({
        status: 'skipped',
        attempts: [],
        failure: {
          type: 'SourceNotFound',
          message: expect.stringContaining('no-such-branch'),
          hint: failurePolicies.SourceNotFound.hint,
        },
      });
    }
  });

  test.concurrent('a builder image that nodes cannot pull', async () => {
    await using own = await createInstallation(inject('environment'), 'unpullable');
    await own.startWorker({
      SLIPWAY_BUILDAH_IMAGE: `${host}/slipway/none@sha256:${'0'.repeat(64)}`,
    });
    const source = await own.repository();
    await source.commit({ Dockerfile: 'FROM busybox\nRUN true\n' });
    const result = await own.build({
      name: 'app',
      source: source.url,
      containers: { 'api/server': {} },
    });

    const { failure, attempts } = containerOf(result, 'api/server');
    expect(failure?.type).toBe('BuilderImagePull');
    expect(failure?.message).toMatch(/slipway\/none@sha256:0{64}: not found/);
    expect(attempts.map(({ decision }) => decision)).toEqual(['fail']);
  });
});

test.concurrent('a failure leaves the other containers alone', async () => {
  const { repository, build } = installation();
  const source = await repository();
  await source.commit({
    'bad/Dockerfile': 'FROM busybox\nRUN false\n',
    'good/Dockerfile': 'FROM busybox\nRUN echo good > /answer\n',
  });
  const result = await build({
    name: 'app',
    source: source.url,
    maxParallel: 1,
    containers: {
      'bad/server': { context: 'bad' },
      'bad/sidecar': { context: 'good' },
      'good/server': { context: 'good' },
    },
  });

  expect(result.status).toBe('failed');
  expect(result.package).toBeNull();
  expect(
    result.components.map((component) => ({
      status: component.status,
      hasPackage: component.package !== null,
      containers: component.containers.map(({ name, status }) => `${name} ${status}`),
    })),
  ).toEqual([
    { status: 'failed', hasPackage: false, containers: ['server failed', 'sidecar built'] },
    { status: 'succeeded', hasPackage: true, containers: ['server built'] },
  ]);
});
