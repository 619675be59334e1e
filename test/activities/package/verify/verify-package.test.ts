import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeArchive } from '../../../../activities/package/archive.ts';
import { readEntries } from '../../../../activities/package/read-archive.ts';
import type { Check } from '../../../../activities/package/verify/check.ts';
import {
  verifyPackage,
  type PackageToVerify,
} from '../../../../activities/package/verify/verify-package.ts';
import { failure, type FailureType } from '../../../../workflows/contract/failures.ts';
import { digestOf } from '../fixtures.ts';
import { publishApplication, type Published } from '../published.ts';

/** A registry that has what the package names. */
const honest: PackageToVerify['ask'] = async ({ digest }) => digest;

let shop: Published;
let good: PackageToVerify;
beforeAll(async () => {
  shop = await publishApplication();
  good = packageOf(shop.package);
});

function packageOf({ object, provenance }: Published['package']): PackageToVerify {
  const archive = shop.store.objects.get(object)!;
  const statement = text(shop.store.objects.get(provenance!)!);
  return { object: null, archive, provenance: statement, ask: honest };
}

function text(content: Buffer): string {
  return content.toString('utf8');
}

/** Names of the checks that do not hold. */
function bad(checks: readonly Check[]): readonly string[] {
  return checks.filter(({ status }) => status !== 'ok').map(({ name }) => name);
}

type Entries = Map<string, Buffer>;

/** Opens the package, changes its entries and packs it again, with sums that are right. */
async function repacked(archive: Buffer, change: (entries: Entries) => unknown): Promise<Buffer> {
  const entries = new Map(await readEntries(archive));
  entries.delete('SHA256SUMS');
  await change(entries);
  return writeArchive(Array.from(entries, ([path, content]) => ({ path, content })));
}

/** The same for the package of the component `api` inside; the application names its new sum. */
async function withApi(archive: Buffer, change: (entries: Entries) => unknown): Promise<Buffer> {
  return repacked(archive, async (entries) => {
    const before = entries.get('components/api.zip')!;
    const after = await repacked(before, change);
    entries.set('components/api.zip', after);
    replace(entries, 'application.json', digestOf(before).slice(7), digestOf(after).slice(7));
  });
}

function replace(entries: Entries, path: string, from: string | RegExp, to: string): void {
  const before = text(entries.get(path)!);
  const after = before.replace(from, to);
  if (before === after) throw new Error(`${path} has no ${String(from)}`);
  entries.set(path, Buffer.from(after));
}

/** Zips the entries as they are given: twice the same path, wrong sums, another time. */
async function zipped(
  entries: readonly (readonly [string, Buffer])[],
  mtime = new Date(2000, 0, 1, 12),
) {
  const zip = new ZipFile();
  for (const [path, content] of entries) {
    zip.addBuffer(content, path, {
      mtime,
      mode: 0o100644,
      compress: false,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  return buffer(zip.outputStream);
}

function statement(change: (statement: Tampered) => void): PackageToVerify {
  const parsed = JSON.parse(good.provenance!) as Tampered;
  change(parsed);
  return { ...good, provenance: JSON.stringify(parsed) };
}

/** Of one image, in all that a package says of it. */
const serverImage = digestOf('image server a').slice(7);
const other = 'f'.repeat(64);

describe('verifyPackage', () => {
  it('finds nothing wrong with an application as it was published', async () => {
    const checks = await verifyPackage(good);
    expect(bad(checks)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'package: sums',
      'package: archive',
      'package: application.json',
      'components/api.zip: sums',
      'components/api.zip: archive',
      'components/api.zip: component.json',
      'components/web.zip: sums',
      'components/web.zip: archive',
      'components/web.zip: component.json',
      'provenance: subject',
      'provenance: parameters',
      'provenance: images',
      'provenance: commits',
      'provenance: materials',
      'provenance: Dockerfiles',
      'provenance: components',
      'registry: api/migrate',
      'registry: api/server',
      'registry: api/proxy',
      'registry: web/site',
    ]);
  });

  it('finds nothing wrong with a component as it was published', async () => {
    const [api] = shop.components;
    expect(bad(await verifyPackage(packageOf(api!.package)))).toEqual([]);
  });

  it('finds nothing wrong with a derived version', async () => {
    const derived = await publishApplication({ version: null });
    const archive = derived.store.objects.get(derived.package.object)!;
    const provenance = text(derived.store.objects.get(derived.package.provenance!)!);
    expect(bad(await verifyPackage({ object: null, archive, provenance, ask: honest }))).toEqual(
      [],
    );
  });

  it('finds out that it is not the package that was asked for', async () => {
    const { object } = shop.package;
    const [api] = shop.components;
    expect(bad(await verifyPackage({ ...good, object }))).toEqual([]);
    const swapped: [string, PackageToVerify, string][] = [
      ['applications/shop/2.0.0.zip', good, 'shop 1.4.0'],
      ['applications/other/1.4.0.zip', good, 'shop 1.4.0'],
      [object, packageOf(api!.package), 'api of shop 1.4.0'],
    ];
    for (const [asked, given, found] of swapped) {
      const checks = await verifyPackage({ ...given, object: asked });
      expect(checks.filter(({ status }) => status === 'failed')).toEqual([
        {
          name: 'package: identity',
          status: 'failed',
          detail: `${asked} was asked for, and this is ${found}`,
        },
      ]);
    }
  });

  it('says that it has not asked the registries', async () => {
    const checks = await verifyPackage({ ...good, ask: null });
    expect(checks.filter(({ status }) => status !== 'ok')).toMatchObject([
      { name: 'registry', status: 'skipped' },
    ]);
  });

  it('asks for an image that several containers have once', async () => {
    const asked: string[] = [];
    await verifyPackage({
      ...good,
      ask: async ({ image, digest }) => {
        asked.push(image);
        return digest;
      },
    });
    expect(asked).toHaveLength(4);
    expect(new Set(asked).size).toBe(4);
  });
});

interface Corruption {
  readonly what: string;
  readonly package: () => Promise<Buffer> | Buffer;
  /** Checks that must not hold, among others. */
  readonly found: readonly string[];
}

const corruptions: readonly Corruption[] = [
  {
    what: 'a file that is no archive',
    package: () => Buffer.from('no zip at all'),
    found: ['package: archive'],
  },
  {
    what: 'an archive that breaks off',
    package: () => good.archive.subarray(0, good.archive.length - 30),
    found: ['package: archive'],
  },
  {
    what: 'one changed byte of an entry',
    package: () => {
      const bytes = Buffer.from(good.archive);
      bytes[bytes.indexOf('"schemaVersion"') + 1] = 'S'.charCodeAt(0);
      return bytes;
    },
    found: ['package: sums'],
  },
  {
    what: 'bytes before the archive',
    package: () => Buffer.concat([Buffer.from('#!/bin/sh\n'), good.archive]),
    found: ['package: archive'],
  },
  {
    what: 'bytes after the archive',
    package: () => Buffer.concat([good.archive, Buffer.from('more')]),
    found: ['package: archive'],
  },
  {
    what: 'an entry twice',
    package: async () => {
      const entries = [...(await readEntries(good.archive))];
      return zipped([...entries, ['application.json', Buffer.from('{}')]]);
    },
    found: ['package: archive'],
  },
  {
    what: 'another time of an entry',
    package: async () => zipped([...(await readEntries(good.archive))], new Date(2020, 1, 1)),
    found: ['package: archive', 'provenance: subject'],
  },
  {
    what: 'no sums',
    package: async () =>
      zipped([...(await readEntries(good.archive))].filter(([path]) => path !== 'SHA256SUMS')),
    found: ['package: sums'],
  },
  {
    what: 'an entry without its sum',
    package: async () =>
      zipped(
        Array.from(await readEntries(good.archive), ([path, content]) =>
          path === 'SHA256SUMS'
            ? ([path, Buffer.from(text(content).split('\n').slice(1).join('\n'))] as const)
            : ([path, content] as const),
        ),
      ),
    found: ['package: sums'],
  },
  {
    what: 'a sum without its entry',
    package: async () =>
      zipped(
        [...(await readEntries(good.archive))].filter(([path]) => path !== 'components/web.zip'),
      ),
    found: ['package: sums', 'package: application.json'],
  },
  {
    what: 'one more entry',
    package: () => repacked(good.archive, (entries) => entries.set('x.sh', Buffer.from('x'))),
    found: ['package: application.json', 'provenance: subject'],
  },
  {
    what: 'a missing component',
    package: () => repacked(good.archive, (entries) => entries.delete('components/web.zip')),
    found: ['package: application.json', 'provenance: images', 'provenance: components'],
  },
  {
    what: 'a description that is none',
    package: () =>
      repacked(good.archive, (entries) => entries.set('application.json', Buffer.from('{}'))),
    found: ['package: application.json'],
  },
  {
    what: 'no description',
    package: () => repacked(good.archive, (entries) => entries.delete('application.json')),
    found: ['package: component.json'],
  },
  {
    what: 'another version',
    package: () =>
      repacked(good.archive, (entries) =>
        replace(entries, 'application.json', '"version": "1.4.0"', '"version": "9.0.0"'),
      ),
    found: ['provenance: subject', 'provenance: parameters'],
  },
  {
    what: 'another image in the application alone',
    package: () =>
      repacked(good.archive, (entries) => replace(entries, 'application.json', serverImage, other)),
    found: ['package: application.json'],
  },
  {
    what: 'a component package that is another one',
    package: () =>
      repacked(good.archive, (entries) =>
        entries.set('components/api.zip', entries.get('components/web.zip')!),
      ),
    found: ['package: application.json', 'provenance: images'],
  },
  {
    what: 'a component package that is no archive',
    package: () =>
      repacked(good.archive, (entries) => entries.set('components/api.zip', Buffer.from('no zip'))),
    found: ['package: application.json', 'components/api.zip: archive'],
  },
  {
    what: 'another image, everywhere in the package',
    package: async () =>
      repacked(
        await withApi(good.archive, (entries) =>
          replace(entries, 'component.json', new RegExp(serverImage, 'g'), other),
        ),
        (entries) => replace(entries, 'application.json', serverImage, other),
      ),
    found: ['provenance: subject', 'provenance: images', 'provenance: components'],
  },
  {
    what: 'an image that is not the one of its digest',
    package: () =>
      withApi(good.archive, (entries) => replace(entries, 'component.json', serverImage, other)),
    found: ['components/api.zip: component.json', 'package: application.json'],
  },
  {
    what: 'another commit',
    package: () =>
      withApi(good.archive, (entries) =>
        replace(
          entries,
          'component.json',
          /"commit": "[0-9a-f]{40}"/,
          `"commit": "${'e'.repeat(40)}"`,
        ),
      ),
    found: ['provenance: commits', 'provenance: subject'],
  },
  {
    what: 'another Dockerfile',
    package: () =>
      withApi(good.archive, (entries) =>
        entries.set('dockerfiles/server.Dockerfile', Buffer.from('FROM evil\n')),
      ),
    found: ['provenance: Dockerfiles', 'provenance: materials'],
  },
  {
    what: 'a missing Dockerfile',
    package: () =>
      withApi(good.archive, (entries) => entries.delete('dockerfiles/server.Dockerfile')),
    found: ['components/api.zip: component.json', 'provenance: Dockerfiles'],
  },
  {
    what: "a file that is no container's",
    package: () =>
      withApi(good.archive, (entries) => entries.set('dockerfiles/x', Buffer.from('x'))),
    found: ['components/api.zip: component.json'],
  },
  {
    what: 'an existing image that is another one',
    package: () =>
      withApi(good.archive, (entries) =>
        replace(
          entries,
          'component.json',
          new RegExp(digestOf('image proxy a').slice(7), 'g'),
          other,
        ),
      ),
    found: ['package: application.json', 'provenance: materials'],
  },
];

describe('a corrupted package', () => {
  it.each(corruptions)('is found out: $what', async ({ package: corrupt, found }) => {
    const archive = await corrupt();
    expect(archive.equals(good.archive)).toBe(false);
    const checks = await verifyPackage({ ...good, archive });
    expect(bad(checks)).toEqual(expect.arrayContaining([...found]));
    expect(
      checks.filter(({ status }) => status === 'failed').map(({ detail }) => detail),
    ).not.toContain('');
  });

  it.each(corruptions.filter(({ found }) => !found[0]!.startsWith('provenance')))(
    'is found out without provenance as well: $what',
    async ({ package: corrupt, found }) => {
      const checks = await verifyPackage({ ...good, archive: await corrupt(), provenance: null });
      const own = found.filter((name) => !name.startsWith('provenance'));
      expect(bad(checks)).toEqual(expect.arrayContaining(own));
    },
  );
});

interface Tampered {
  _type: string;
  predicateType: string;
  subject?: { name: string; digest: { sha256: string } }[];
  predicate: {
    buildDefinition: {
      buildType: string;
      externalParameters: Record<string, unknown>;
      resolvedDependencies: Descriptor[];
    };
    runDetails: { byproducts: Descriptor[] };
  };
}

interface Descriptor {
  digest?: { sha256?: string; gitCommit?: string };
  annotations: { role: string; containers: string[] };
}

function material({ predicate }: Tampered, role: string): Descriptor {
  const { buildDefinition, runDetails } = predicate;
  const all = [...buildDefinition.resolvedDependencies, ...runDetails.byproducts];
  const found = all.find(({ annotations }) => annotations.role === role);
  if (found === undefined) throw new Error(`no ${role}`);
  return found;
}

function remove({ predicate: { buildDefinition } }: Tampered, role: string): void {
  buildDefinition.resolvedDependencies = buildDefinition.resolvedDependencies.filter(
    ({ annotations }) => annotations.role !== role,
  );
}

describe('provenance that does not fit', () => {
  it.each<[what: string, change: (s: Tampered) => void, ...found: string[]]>([
    ['another type', (s) => (s._type = 'https://in-toto.io/Statement/v0.1'), 'statement'],
    ['another predicate', (s) => (s.predicateType = 'https://spdx.dev/Document'), 'statement'],
    ['no subject', (s) => delete s.subject, 'statement'],
    ["another package's sum", (s) => (s.subject![0]!.digest.sha256 = other), 'subject'],
    ["another package's name", (s) => (s.subject![0]!.name = 'x.zip'), 'subject', 'images'],
    ['an image less', (s) => s.subject!.pop(), 'images'],
    [
      'an image more',
      (s) => s.subject!.push({ name: 'e.com/x', digest: { sha256: other } }),
      'images',
    ],
    ['another digest of an image', (s) => (s.subject![1]!.digest.sha256 = other), 'images'],
    [
      'another build type',
      (s) => (s.predicate.buildDefinition.buildType = 'slipway:build/component/v1'),
      'parameters',
    ],
    ['another application', (s) => (parameters(s)['application'] = 'x'), 'parameters'],
    ['another explicit version', (s) => (parameters(s)['version'] = '2'), 'parameters'],
    ['another commit', (s) => (digest(s, 'source').gitCommit = 'e'.repeat(40)), 'commits'],
    ['no source', (s) => remove(s, 'source'), 'commits'],
    ['no builder', (s) => remove(s, 'builder'), 'materials'],
    ['a builder without digest', (s) => delete material(s, 'builder').digest, 'materials'],
    ['no context', (s) => remove(s, 'context'), 'materials'],
    ['no base image', (s) => remove(s, 'base image'), 'materials'],
    ['another base image', (s) => (digest(s, 'base image').sha256 = other), 'materials'],
    [
      'a base image of other containers',
      (s) => (material(s, 'base image').annotations.containers = ['web/site']),
      'materials',
    ],
    [
      'a context of other containers',
      (s) => (material(s, 'context').annotations.containers = ['web/site']),
      'materials',
    ],
    ['another existing image', (s) => (digest(s, 'image').sha256 = other), 'materials'],
    ['another component', (s) => (digest(s, 'component package').sha256 = other), 'components'],
    ['another Dockerfile', (s) => (digest(s, 'dockerfile').sha256 = other), 'Dockerfiles'],
  ])('is found out: %s', async (_, change, ...found) => {
    const checks = await verifyPackage(statement(change));
    expect(bad(checks)).toEqual(found.map((name) => `provenance: ${name}`));
  });

  it.each([
    ['is no JSON', 'text'],
    ['is not there', null],
  ])('is found out: it %s', async (_, provenance) => {
    expect(bad(await verifyPackage({ ...good, provenance }))).toEqual(['provenance: statement']);
  });
});

function parameters({ predicate }: Tampered): Record<string, unknown> {
  return predicate.buildDefinition.externalParameters;
}

function digest(s: Tampered, role: string): NonNullable<Descriptor['digest']> {
  return material(s, role).digest!;
}

describe('images at their registries', () => {
  it.each<[string, () => Promise<string | null>, Check['status']]>([
    ['is gone', async () => null, 'failed'],
    ['has another digest', async () => `sha256:${other}`, 'failed'],
    ['may not be read', () => refused('PushDenied'), 'failed'],
    ['is not answered for', () => refused('RegistryUnavailable'), 'unreachable'],
    ['is asked for too often', () => refused('RegistryRateLimited'), 'unreachable'],
  ])('one that %s is found', async (_, answer, status) => {
    const checks = await verifyPackage({
      ...good,
      ask: ({ label, digest }) => (label === 'api/server' ? answer() : Promise.resolve(digest)),
    });
    expect(checks.filter((check) => check.status !== 'ok')).toMatchObject([
      { name: 'registry: api/server', status },
    ]);
  });

  it('a fault of the program is not taken for an answer', async () => {
    const ask = () => Promise.reject(new TypeError('a bug'));
    await expect(verifyPackage({ ...good, ask })).rejects.toThrow('a bug');
  });
});

function refused(type: FailureType): Promise<never> {
  return Promise.reject(failure(type, `scripted ${type}`));
}
