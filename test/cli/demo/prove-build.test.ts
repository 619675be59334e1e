import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { writeArchive } from '../../../activities/package/archive.ts';
import { ProofFailed } from '../../../cli/demo/proof-failed.ts';
import { proveImages, provePackages } from '../../../cli/demo/prove-build.ts';
import type { BuildResult, PackageRef } from '../../../workflows/contract/build.ts';
import { createInMemoryObjectStore } from '../../support/in-memory-object-store.ts';
import { createInMemoryRegistry } from '../../support/in-memory-registry.ts';
import {
  buildResult,
  builtResult,
  componentResult,
  containerResult,
  digest,
} from '../../support/results.ts';

const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

describe('images', () => {
  const result = buildResult([
    componentResult([builtResult('migrate'), builtResult('server')]),
    componentResult([builtResult('site', { status: 'existing' })], { name: 'web' }),
  ]);

  function registryWith(digestOf: (reference: string) => string | null) {
    const registry = createInMemoryRegistry();
    return {
      ...registry,
      async resolve(reference: string, secret: string | null) {
        registry.asked.push({ reference, secret });
        return digestOf(reference);
      },
    };
  }

  test('are each asked for by digest, with the secret', async () => {
    const registry = registryWith(() => digest);
    await expect(proveImages(result, registry, 'push')).resolves.toBe(3);
    expect(registry.asked).toEqual(
      ['migrate', 'server', 'site'].map((name) => ({
        reference: `registry.test/shop/api-${name}@${digest}`,
        secret: 'push',
      })),
    );
  });

  test.each<[string, string | null]>([
    ['sha256:other', 'sha256:other'],
    ['there is no such image', null],
    ['no more than a part of it', digest.slice(0, -1)],
  ])('are not proved where the registry answers %s for one', async (_what, answer) => {
    const registry = registryWith((name) => (name.includes('server') ? answer : digest));
    const proof = proveImages(result, registry, 'push');
    await expect(proof).rejects.toThrow(ProofFailed);
    await expect(proof).rejects.toThrow(
      `registry.test/shop/api-server@${digest}: the registry answers ${answer ?? 'that there is no such image'}`,
    );
  });

  test('are not proved where a container has none', async () => {
    const without = buildResult([componentResult([containerResult({ status: 'built' })])]);
    const proof = proveImages(
      without,
      registryWith(() => digest),
      'push',
    );
    await expect(proof).rejects.toThrow(ProofFailed);
  });
});

describe('packages', () => {
  const entries = [
    { path: 'component.json', content: Buffer.from('{}') },
    { path: 'dockerfiles/a  b', content: Buffer.from('FROM scratch\n') },
  ];

  /** A build of one component whose package has these bytes; the application's is a good one. */
  async function published(archive: Buffer) {
    const store = createInMemoryObjectStore();
    const publish = async (object: string, bytes: Buffer): Promise<PackageRef> => {
      await store.put(object, bytes, 'application/zip');
      return { object, sha256: sha256(bytes) };
    };
    const component = componentResult([], { package: await publish('c.zip', archive) });
    const application = await publish('a.zip', await writeArchive(entries));
    return { store, result: buildResult([component], { package: application }) };
  }

  /** A zip of exactly these entries, whatever its SHA256SUMS says. */
  async function zipOf(contents: Readonly<Record<string, string>>): Promise<Buffer> {
    const zip = new ZipFile();
    for (const [path, content] of Object.entries(contents)) {
      zip.addBuffer(Buffer.from(content), path);
    }
    zip.end();
    return buffer(zip.outputStream);
  }

  test('are proved entry by entry', async () => {
    const { store, result } = await published(await writeArchive(entries));
    await expect(provePackages(result, store)).resolves.toEqual({ packages: 2, entries: 4 });
  });

  test('are not proved where the stored bytes are others', async () => {
    const { store, result } = await published(await writeArchive(entries));
    store.objects.set('c.zip', await writeArchive(entries.slice(1)));
    await expect(provePackages(result, store)).rejects.toThrow(
      'c.zip is not the bytes that were published',
    );
  });

  test.each<[string, (result: BuildResult) => BuildResult]>([
    ['a component', (result) => ({ ...result, components: [componentResult([])] })],
    ['the application', (result) => ({ ...result, package: null })],
  ])('are not proved where %s has none', async (_which, without) => {
    const { store, result } = await published(await writeArchive(entries));
    await expect(provePackages(without(result), store)).rejects.toThrow(
      'a succeeded build lacks a package',
    );
  });

  const line = (path: string, content: string): string => `${sha256(content)}  ${path}\n`;

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['a wrong sum', { a: 'A', SHA256SUMS: line('a', 'B') }, 'a does not fit its sum'],
    [
      'a sum of a missing entry',
      { a: 'A', SHA256SUMS: line('a', 'A') + line('b', 'B') },
      'b does not fit its sum',
    ],
    ['an entry without a sum', { a: 'A', b: 'B', SHA256SUMS: line('a', 'A') }, 'is not complete'],
    [
      'one sum twice in the place of another',
      { a: 'A', b: 'B', SHA256SUMS: line('a', 'A') + line('a', 'A') },
      'is not complete',
    ],
    ['no sums at all', { a: 'A' }, 'is not complete'],
    ['a line that is no sum', { a: 'A', SHA256SUMS: 'a\n' }, 'does not fit its sum'],
    ['nothing in the sums', { a: 'A', SHA256SUMS: '' }, 'c.zip: '],
  ])('are not proved with %s', async (_what, contents, message) => {
    const { store, result } = await published(await zipOf(contents));
    const proof = provePackages(result, store);
    await expect(proof).rejects.toThrow(ProofFailed);
    await expect(proof).rejects.toThrow(message);
  });
});
