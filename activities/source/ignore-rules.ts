import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import dockerignoreModule from '@balena/dockerignore';
import { failure } from '../../workflows/contract/failures.ts';
import { isWithin } from './git-location.ts';

// The package is CommonJS: its function is the module itself, whatever its types say.
const dockerignore = dockerignoreModule as unknown as typeof dockerignoreModule.default;

export interface IgnoreRules {
  /** @param path relative to the context */
  ignores(path: string): boolean;
  /** Some rule starts with `!`: something inside an ignored directory may be wanted. */
  readonly hasExceptions: boolean;
}

/**
 * Reads `<dockerfile>.dockerignore`, else `.dockerignore`, as BuildKit does: the first that is
 * there is the only one used. Neither the Dockerfile nor the ignore file is special: what they
 * exclude is not in the context (the Pod gets the Dockerfile another way).
 *
 * Throws `ContextRefused` when the file is a link that leads out of the context.
 *
 * @param root real path of the context
 */
export async function readIgnoreRules(root: string, dockerfile: string): Promise<IgnoreRules> {
  const text =
    (await readConfined(root, `${dockerfile}.dockerignore`)) ??
    (await readConfined(root, '.dockerignore')) ??
    '';
  return ignoreRules(text);
}

function ignoreRules(text: string): IgnoreRules {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  // The library's default ignores case, which Docker does not.
  const rules = dockerignore({ ignorecase: false }).add(lines);
  return {
    ignores: (path) => rules.ignores(path),
    hasExceptions: lines.some((line) => line.trimStart().startsWith('!')),
  };
}

async function readConfined(root: string, name: string): Promise<string | null> {
  let path: string;
  try {
    path = await realpath(join(root, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw failure('ContextRefused', `${name} cannot be read (${code ?? 'unknown'})`, {
      cause: error,
    });
  }
  if (!isWithin(path, root)) {
    throw failure('ContextRefused', `the ignore file ${name} is a link out of the context`);
  }
  return readFile(path, 'utf8');
}
