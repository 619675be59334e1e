import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { failure } from '../../workflows/contract/failures.ts';
import { redact } from '../support/redact.ts';

/**
 * Checks a source's `git` and returns the URL that git is given: https as it is; `file://` with
 * symlinks resolved, and only under one of the roots.
 *
 * Throws `SourceNotFound` for a place that may not be used or is not there, `InvalidDefinition`
 * for a URL with a password in it or of another kind.
 */
export async function gitLocation(git: string, fileRoots: readonly string[]): Promise<string> {
  const url = URL.parse(git);
  if (url !== null && url.password !== '') {
    throw failure(
      'InvalidDefinition',
      `the source ${redact(git)} has a password in its URL; name a Secret instead`,
    );
  }
  if (url?.protocol === 'https:') return url.href;
  if (url?.protocol === 'file:' && url.host === '') return fileLocation(url, fileRoots);
  throw failure(
    'InvalidDefinition',
    `the source ${redact(git)} cannot be fetched: https://… or file:///… is expected`,
  );
}

async function fileLocation(url: URL, fileRoots: readonly string[]): Promise<string> {
  const path = decodePath(url);
  const roots = (await Promise.all(fileRoots.map(resolveOrNull))).filter((root) => root !== null);
  const real = await resolveOrNull(path);
  // One answer for "outside" and "not there": which files exist outside is nobody's business.
  if (real === null || !roots.some((root) => isWithin(real, root))) {
    const allowed = fileRoots.length === 0 ? 'none is set' : fileRoots.join(', ');
    throw failure(
      'SourceNotFound',
      `the source ${url.href} is not a directory under SLIPWAY_FILE_ROOTS (${allowed})`,
    );
  }
  return pathToFileURL(real).href;
}

function decodePath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw failure('InvalidDefinition', `the source ${url.href} is not a usable path`, {
      cause: error,
    });
  }
}

async function resolveOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}

/** Both are real paths. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
