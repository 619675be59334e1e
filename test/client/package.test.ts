import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPresignReads } from '../../activities/store/presign-reads.ts';
import type { SlipwayClient } from '../../client/connect.ts';
import { PackageNotFound } from '../../client/errors.ts';
import { fetchPackage, latestPublished } from '../../client/package.ts';
import type { PresignReadsInput } from '../../workflows/contract/activities.ts';
import type { PackageRef } from '../../workflows/contract/build.ts';
import { publishApplication, type Published } from '../activities/package/published.ts';

let shop: Published;
let server: Server;
beforeAll(async () => {
  shop = await publishApplication();
  server = createServer((request, response) => {
    const content = shop.store.objects.get(decodeURIComponent((request.url ?? '/').slice(1)));
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

/** A client whose worker grants reads of the store above. */
function client(build: { readonly package: PackageRef | null } = { package: null }): SlipwayClient {
  const { port } = server.address() as AddressInfo;
  const presignReads = createPresignReads({
    store: {
      presignGet: async (key) => `http://127.0.0.1:${port}/${encodeURIComponent(key)}`,
    },
    settings: { caBundle: null },
  });
  const summary = {
    buildId: 'shop/b1',
    application: 'shop',
    version: '1.4.0',
    status: build.package === null ? 'running' : 'succeeded',
    components: [],
    warnings: [],
    package: build.package,
  };
  const temporal = {
    withDeadline: (_: number, call: () => Promise<unknown>) => call(),
    workflow: {
      execute: async (_: string, { args }: { readonly args: readonly [PresignReadsInput] }) =>
        presignReads(args[0]),
      getHandle: () => ({
        describe: async () => ({ status: { name: 'COMPLETED' }, raw: {} }),
        query: async () => summary,
      }),
      list: async function* () {},
    },
  };
  return {
    temporal: temporal as unknown as SlipwayClient['temporal'],
    address: 'temporal.example.com:7233',
    namespace: 'default',
    taskQueue: 'slipway',
    close: async () => undefined,
  };
}

describe('fetchPackage', () => {
  it('reads a package by its version, and the statement about its bytes', async () => {
    const { object, sha256, provenance } = shop.package;
    const fetched = await fetchPackage(client(), { application: 'shop', version: '1.4.0' });
    expect(fetched).toMatchObject({ object, sha256, published: null });
    expect(fetched.archive.equals(shop.store.objects.get(object)!)).toBe(true);
    expect(fetched.provenance).toBe(shop.store.objects.get(provenance!)!.toString('utf8'));
  });

  it('reads the package that a build led to, and says what the build said of it', async () => {
    const fetched = await fetchPackage(client(shop), { buildId: 'shop/b1' });
    expect(fetched).toMatchObject({
      object: shop.package.object,
      sha256: shop.package.sha256,
      published: shop.package.sha256,
    });
  });

  it('has no statement where the store has none for these bytes', async () => {
    const object = 'applications/shop/2.0.0.zip';
    shop.store.objects.set(object, Buffer.from('someone else put it there'));
    const fetched = await fetchPackage(client({ package: { object, sha256: 'ab' } }), {
      buildId: 'shop/b1',
    });
    expect(fetched).toMatchObject({ provenance: null, published: 'ab' });
    expect(fetched.sha256).not.toBe('ab');
  });

  it.each([
    [
      'a version that nobody published',
      { application: 'shop', version: '9' },
      /no package .*9\.zip/,
    ],
    ['a build that has none', { buildId: 'shop/b1' }, /shop\/b1 \(.*\) has no package/],
  ])('tells of %s', async (_, selection, message) => {
    const error: unknown = await fetchPackage(client(), selection).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(PackageNotFound);
    expect(String(error)).toMatch(message);
  });
});

describe('latestPublished', () => {
  it('tells that no build of the application succeeded', async () => {
    await expect(latestPublished(client(), 'shop')).rejects.toThrow(PackageNotFound);
  });
});
