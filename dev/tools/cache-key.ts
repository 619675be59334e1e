import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { GoPart } from './pins.ts';

/**
 * The directory name under which a part's programs are cached: name, version, and a hash of
 * whatever decides their bytes (go.mod, go.sum, linker flags, platform), so that a changed pin is
 * never served from the cache of the old one.
 */
export async function goPartCacheKey(
  part: Pick<GoPart, 'name' | 'version' | 'linkerFlags'>,
  moduleDirectory: string,
  architecture: string,
): Promise<string> {
  const [mod, sum] = await Promise.all([
    readFile(join(moduleDirectory, 'go.mod'), 'utf8'),
    readFile(join(moduleDirectory, 'go.sum'), 'utf8'),
  ]);
  const key = contentKey({ mod, sum, linkerFlags: part.linkerFlags, architecture });
  return `${part.name}-${part.version}-${key}`;
}

/** 16 hex digits over a value's JSON; the value's key order counts. */
export function contentKey(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
