import { createHash } from 'node:crypto';
import { readEntries } from '../../activities/package/read-archive.ts';
import type { Registry } from '../../activities/registry/registry.ts';
import type { ObjectStore } from '../../activities/support/object-store.ts';
import type { BuildResult, PackageRef } from '../../workflows/contract/build.ts';
import { ProofFailed } from './proof-failed.ts';

/**
 * Reads every image back from its registry by digest.
 *
 * @returns the number of images proved
 * @throws ProofFailed
 */
export async function proveImages(
  result: BuildResult,
  registry: Registry,
  secret: string,
): Promise<number> {
  const images = result.components.flatMap(({ containers }) =>
    containers.map(({ image }) => image),
  );
  for (const image of images) {
    if (image === null) throw new ProofFailed('a container of a succeeded build has no image');
    const digest = await registry.resolve(image, secret);
    if (digest === null || !image.endsWith(`@${digest}`)) {
      throw new ProofFailed(
        `${image}: the registry answers ${digest ?? 'that there is no such image'}`,
      );
    }
  }
  return images.length;
}

/**
 * Opens every package and checks its own sum and the sums of its entries.
 *
 * @returns the number of packages and of entries checked
 * @throws ProofFailed
 */
export async function provePackages(
  result: BuildResult,
  store: ObjectStore,
): Promise<{ readonly packages: number; readonly entries: number }> {
  const packages = [...result.components.map((component) => component.package), result.package];
  let entries = 0;
  for (const ref of packages) {
    if (ref === null) throw new ProofFailed('a succeeded build lacks a package');
    const archive = await store.get(ref.object);
    if (archive === null) throw new ProofFailed(`${ref.object} is not in the object store`);
    entries += await provePackage(ref, archive);
  }
  return { packages: packages.length, entries };
}

async function provePackage(ref: PackageRef, archive: Buffer): Promise<number> {
  if (sha256(archive) !== ref.sha256)
    throw new ProofFailed(`${ref.object} is not the bytes that were published`);
  const entries = await readEntries(archive);
  const lines = entries.get('SHA256SUMS')?.toString('utf8').trimEnd().split('\n') ?? [];
  const proved = new Set<string>();
  for (const line of lines) {
    const [, sum, path = ''] = /^([0-9a-f]{64}) [ *](.*)$/.exec(line) ?? [];
    const content = entries.get(path);
    if (content === undefined || sha256(content) !== sum) {
      throw new ProofFailed(`${ref.object}: ${path} does not fit its sum in SHA256SUMS`);
    }
    proved.add(path);
  }
  const unproved = [...entries.keys()].filter((path) => !proved.has(path));
  if (unproved.join() !== 'SHA256SUMS')
    throw new ProofFailed(`${ref.object}: SHA256SUMS is not complete`);
  return proved.size;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
