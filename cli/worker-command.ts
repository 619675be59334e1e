import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This checkout. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

const workerFolders = ['activities', 'definition', 'worker', 'workflows'];

/**
 * How the local environment starts its worker. The fingerprint is over all code that a worker
 * loads, so that `up` after an edit or a pull starts a new one.
 */
export function workerCommand() {
  return {
    command: process.execPath,
    args: [join(projectRoot, 'worker', 'main.ts')],
    environment: {},
    fingerprint: fingerprint(projectRoot),
  };
}

/** Of the checkout `root`: over names and contents of its worker's files, not over its place. */
export function fingerprint(root: string): string {
  const hash = createHash('sha256');
  const files = workerFolders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const manifests = ['package.json', 'package-lock.json'].map((name) => join(root, name));
  for (const file of [...files, ...manifests].toSorted()) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
