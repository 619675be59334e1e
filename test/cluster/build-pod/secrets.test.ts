import { randomBytes } from 'node:crypto';
import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildPod } from '../../../activities/build-pod/spec.ts';
import { secretSearch } from '../../support/product/secret-search.ts';
import { useBuildPods } from './build-pods.ts';
import { imageBlobs } from './image-text.ts';

const local = inject('environment');
const { services, inputFor, run } = useBuildPods();
const values = {
  '.npmrc': randomBytes(24).toString('hex'),
  token: randomBytes(24).toString('hex'),
};
const other = randomBytes(24).toString('hex');
const { namespace } = local.kubernetes;

beforeAll(async () => {
  const core = services().kubeConfig.makeApiClient(CoreV1Api);
  const create = (name: string, use: string) =>
    core.createNamespacedSecret({
      namespace,
      body: {
        metadata: { name, labels: { 'slipway/use': use } },
        stringData: { ...values, other },
      },
    });
  await Promise.all([create('build-values', 'build'), create('git-values', 'git')]);
});
afterAll(async () => {
  const core = services().kubeConfig.makeApiClient(CoreV1Api);
  for (const name of ['build-values', 'git-values'])
    await core.deleteNamespacedSecret({ namespace, name });
});

const secrets = [
  { id: 'npmrc', secret: 'build-values', key: '.npmrc' },
  { id: 'token', secret: 'build-values', key: 'token' },
];

describe('build-time secrets of a Buildah Pod', () => {
  test('reach the RUN that mounts them, and no layer, log or Pod', async () => {
    const input = await inputFor({
      // Only sums are compared: a command's text is in the image's history.
      dockerfile: [
        'FROM busybox',
        'RUN --mount=type=secret,id=npmrc --mount=type=secret,id=token,target=/etc/token,mode=0444,uid=7,required=true \\',
        '  wc -c < /run/secrets/npmrc > /sizes && wc -c < /etc/token >> /sizes && \\',
        '  stat -c "%a %u" /etc/token >> /sizes && cat /run/secrets/npmrc /etc/token | md5sum >> /sizes',
        'RUN test ! -e /run/secrets/npmrc && test ! -e /etc/token && ! ls /slipway /kaniko',
        // What could leave its root would find them.
        'RUN ! chroot / true',
        'RUN --mount=type=secret,id=none ls -A /run/secrets > /none',
        'RUN cat /sizes',
        // A command that shows what it was given.
        'RUN --mount=type=secret,id=npmrc echo "//registry/:_authToken=$(cat /run/secrets/npmrc)" | tee /proc/self/fd/2 > /dev/null',
      ].join('\n'),
      container: { secrets },
    });
    const { outcome, log } = await run(input);
    expect({ ...outcome, text: log }).toMatchObject({ kind: 'succeeded' });
    expect(log).toMatch(/^48\n48\n444 7\n[0-9a-f]{32} {2}-$/m);
    expect(log).toContain('//registry/:_authToken=[redacted]');

    const look = secretSearch([
      { name: 'npmrc', value: values['.npmrc'] },
      { name: 'token', value: values.token },
      { name: 'another key of the Secret', value: other },
    ]).values;
    const { host, secretName } = local.registry;
    const blobs = await imageBlobs({
      host,
      path: 'test/pods',
      reference: outcome.kind === 'succeeded' ? outcome.digest : '',
      login: await services().secrets.registryLogin(secretName, host),
      caBundle: services().installation.caBundle,
    });
    // The search sees what is in a layer: the sizes are.
    expect(blobs.some(({ text }) => text.includes('48\n48\n444 7\n'))).toBe(true);
    const pod = buildPod({
      ...input,
      settings: services().installation,
      dockerfile: '',
      contextUrl: '',
      cacheProblem: null,
    });
    const found = [
      ...look('the log', log),
      ...look('the Pod', JSON.stringify(pod)),
      ...blobs.flatMap(({ digest, text }) => look(digest, text)),
    ];
    expect(found).toEqual([]);
  });

  test.each([
    [{ id: 'x', secret: 'git-values', key: 'token' }, /not labelled `slipway\/use: build`/],
    [
      { id: 'x', secret: 'build-values', key: 'tokne' },
      /no key tokne; it has .npmrc, other, token/,
    ],
    [{ id: 'x', secret: 'nothere', key: 'token' }, /there is no Secret/],
  ])('%o is SecretNotFound before the Pod', async (secret, message) => {
    const input = await inputFor({
      dockerfile: 'FROM busybox\n',
      container: { secrets: [secret] },
    });
    await expect(run(input)).rejects.toMatchObject({
      type: 'SecretNotFound',
      message: expect.stringMatching(message),
    });
  });
});
