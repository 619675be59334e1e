import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all files in a directory; one that goes away meanwhile counts nothing. */
export async function sizeOfDirectory(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += await lstat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}
