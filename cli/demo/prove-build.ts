import { createHash } from 'node:crypto';
import { readEntries } from '../../activities/package/read-archive.ts';
import type { Registry } from '../../activities/registry/registry.ts';
import type { ObjectStore } from '../../activities/support/object-store.ts';
import type { BuildResult, PackageRef } from '../../workflows/contract/build.ts';

/** Something that the build reported and that did not hold. */
export class ProofFailed extends Error {
  override readonly name = 'ProofFailed';
}

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
    entries += await provePackage(ref, await store.get(ref.object));
  }
  return { packages: packages.length, entries };
}

async function provePackage(ref: PackageRef, archive: Buffer): Promise<number> {
  if (sha256(archive) !== ref.sha256)
    throw new ProofFailed(`${ref.object} is not the bytes that were published`);
  const entries = await readEntries(archive);
  const sums = entries.get('SHA256SUMS')?.toString('utf8').trimEnd().split('\n') ?? [];
  for (const line of sums) {
    const [sum, path = ''] = line.split(/ [ *]/, 2);
    const content = entries.get(path);
    if (content === undefined || sha256(content) !== sum) {
      throw new ProofFailed(`${ref.object}: ${path} does not fit its sum in SHA256SUMS`);
    }
  }
  if (sums.length !== entries.size - 1)
    throw new ProofFailed(`${ref.object}: SHA256SUMS is not complete`);
  return sums.length;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
