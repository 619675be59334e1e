import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMinioStore } from '../../../activities/support/minio-store.ts';
import { createPresignReads } from '../../../activities/store/presign-reads.ts';
import { createSealedReader } from '../../../client/unseal.ts';
import type { ReadRequest } from '../../../workflows/contract/activities.ts';
import { runActivity } from '../../support/activity.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';

interface Answer {
  readonly expiresAt: string;
  readonly caBundle: string | null;
  readonly urls: readonly (readonly string[])[];
}

async function granted(
  reads: readonly ReadRequest[],
  { caBundle = null, store = createInMemoryObjectStore() }: Partial<Options> = {},
) {
  const reader = createSealedReader();
  const activity = createPresignReads({ store, settings: { caBundle } });
  const { sealed } = await runActivity(activity, { reads, publicKey: reader.publicKey });
  return { sealed, answer: JSON.parse(reader.unseal(sealed)) as Answer };
}
interface Options {
  readonly caBundle: string | null;
  readonly store: Parameters<typeof createPresignReads>[0]['store'];
}

const url = (key: string): string => `memory://${key}?seconds=900`;
const log = {
  kind: 'log',
  buildId: 'shop/k1',
  component: 'api',
  container: 'server',
  generation: 0,
  from: 0,
  count: 2,
} as const;
const object = (key: string): ReadRequest => ({ kind: 'object', key });

describe('what may be read', () => {
  test('is answered in order: an object’s URL, a log’s joined object and its parts', async () => {
    const { answer } = await granted([
      object('results/shop/k1.json'),
      { ...log, generation: 2, from: 9 },
      object('applications/shop/1.0.0.zip'),
    ]);
    expect(answer.urls).toEqual([
      [url('results/shop/k1.json')],
      [
        url('logs/shop/k1/api/server/2/log'),
        url('logs/shop/k1/api/server/2/000009'),
        url('logs/shop/k1/api/server/2/000010'),
      ],
      [url('applications/shop/1.0.0.zip')],
    ]);
  });

  test.each([
    'dockerfiles/0123456789abcdef',
    'components/shop/api/0.0.0-g0123456789.i01234567.zip',
    'applications/shop/1.0.0+build.5.zip',
    'applications/shop/1.0.0.0123456789ab.intoto.json',
    'results/shop/nightly-2026-11-22T23:30:00Z.json',
  ])('is %s', async (key) => {
    expect((await granted([object(key)])).answer.urls).toEqual([[url(key)]]);
  });

  test('is the log of a scheduled build, and one without parts', async () => {
    const buildId = 'shop/nightly-2026-11-22T23:30:00Z';
    const { answer } = await granted([{ ...log, buildId, count: 0 }]);
    expect(answer.urls).toEqual([[url(`logs/${buildId}/api/server/0/log`)]]);
  });

  test('comes with the CAs of the installation, and for less than a quarter of an hour', async () => {
    const before = Date.now();
    const { answer } = await granted([log], { caBundle: 'PEM' });
    expect(answer.caBundle).toBe('PEM');
    const minutes = (Date.parse(answer.expiresAt) - before) / 60_000;
    expect(minutes).toBeGreaterThanOrEqual(14);
    expect(minutes).toBeLessThan(15);
  });
});

describe('what is refused', () => {
  const refused = expect.objectContaining({ type: 'InvalidDefinition', nonRetryable: true });

  test.each([
    'contexts/0123.tar.gz',
    'inputs/shop/api/server.json',
    'uploads/1',
    'logs/shop/k1/api/server/0/log',
    'results',
    'results/',
    'results//k1.json',
    'results/../contexts/0123.tar.gz',
    'results/./k1.json',
    'results/shop/k1.json?x=1',
    'results/shop/k1\n.json',
    '/results/shop/k1.json',
    'results/shop/k1.json/',
    '',
  ])('is the key %j', async (key) => {
    await expect(granted([object('results/a.json'), object(key)])).rejects.toEqual(refused);
  });

  test('is every key but those of plain names', async () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a'), fc.string({ maxLength: 4 }));
    const keys = fc.array(part, { minLength: 1, maxLength: 5 }).map((all) => all.join('/'));
    await fc.assert(
      fc.asyncProperty(keys, async (rest) => {
        const isGranted = await granted([object(`results/${rest}`)]).then(
          () => true,
          () => false,
        );
        const isConfined = rest.split('/').every((name) => /^[A-Za-z0-9][\w.:+-]*$/.test(name));
        expect(isGranted).toBe(isConfined);
      }),
    );
  });

  test.each<[string, Partial<typeof log>]>([
    ['of a build id without a key', { buildId: 'shop' as never }],
    ['of a build id of three parts', { buildId: 'shop/k1/api' as never }],
    ['of a component that goes up', { component: '..' as never }],
    ['of a container with a slash', { container: 'a/b' as never }],
    ['of a negative attempt', { generation: -1 as never }],
    ['from a part that is no number', { from: 0.5 as never }],
    ['of endless parts', { count: Number.MAX_SAFE_INTEGER as never }],
  ])('is a log %s', async (_what, change) => {
    await expect(granted([{ ...log, ...change }])).rejects.toEqual(refused);
  });

  test('is more than 300 URLs', async () => {
    const reads = Array.from({ length: 100 }, () => log);
    expect((await granted(reads)).answer.urls.flat()).toHaveLength(300);
    await expect(granted([...reads, object('results/a.json')])).rejects.toEqual(refused);
  });
});

test('as many URLs as there can be stay in one payload, and none is to be read in it', async () => {
  const caBundle = randomBytes(3_000).toString('base64');
  const store = createMinioStore({
    endpoint: 'https://store.example.com:9000',
    region: 'eu-central-1',
    bucket: 'slipway-of-some-team',
    accessKey: 'planted-access-key',
    secretKey: 'planted-secret-key',
    caBundle: null,
  });
  const buildId = `${'a'.repeat(60)}/${'k'.repeat(64)}`;
  const reads = [0, 1].map((generation) => ({
    ...log,
    buildId,
    component: 'c'.repeat(60),
    container: 'd'.repeat(60),
    generation,
    count: 149,
  }));
  const { sealed, answer } = await granted(reads, { store, caBundle });
  expect(answer.urls.flat()).toHaveLength(300);
  expect(answer.urls[0]?.[1]).toMatch(/^https:\/\/store\.example\.com:9000\/.*X-Amz-Signature=/);
  const payload = JSON.stringify(sealed);
  expect(payload.length).toBeLessThan(64 * 1024);
  expect(payload).not.toMatch(/X-Amz|planted|store\.example/);
});

test('a store that is away is told as such', async () => {
  const away = new Error('the store is away');
  const store = { presignGet: () => Promise.reject(away) };
  await expect(granted([log], { store })).rejects.toBe(away);
});
