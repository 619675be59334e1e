import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import dockerignoreModule from '@balena/dockerignore';
import { failure } from '../../workflows/contract/failures.ts';
import { stopAfter, TookTooLong } from '../support/stop-after.ts';
import { isWithin } from './file-repository.ts';

// The package makes a backtracking regular expression of each rule, and `*a*a*a*a*a*a*a*a*b` takes
// minutes for a name of 60 letters. With this V8 goes over to an engine that takes linear time. Here,
// because it holds for expressions that are compiled after it; not for those with the flag `i`.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

// The package is CommonJS: its function is the module itself, whatever its types say.
const dockerignore = dockerignoreModule as unknown as typeof dockerignoreModule.default;

/** Far above any ignore file; each rule is tried on each path. */
const maxBytes = 256 * 1024;

/** Milliseconds that `chunk` paths may take; all that a worker does stands still for so long. */
const defaultLongest = 5_000;
const chunk = 1_000;

export interface IgnoreRules {
  /**
   * Those of the paths that are ignored.
   *
   * Throws `ContextRefused` for a rule that is no pattern, and rules that take too long.
   *
   * @param paths relative to the context
   */
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
  /** Some rule starts with `!`: something inside an ignored directory may be wanted. */
  readonly hasExceptions: boolean;
}

/**
 * Reads `<dockerfile>.dockerignore`, else `.dockerignore`, as BuildKit does: the first that is
 * there is the only one used. Neither the Dockerfile nor the ignore file is special: what they
 * exclude is not in the context (the Pod gets the Dockerfile another way).
 *
 * Throws `ContextRefused` when the file is a link that leads out of the context, or too large.
 *
 * @param root real path of the context
 * @param options.longest milliseconds that 1000 paths may take
 */
export async function readIgnoreRules(
  root: string,
  dockerfile: string,
  options: { readonly longest?: number } = {},
): Promise<IgnoreRules> {
  const { longest = defaultLongest } = options;
  for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = await readConfined(root, name);
    if (text !== null) return ignoreRules(text, name, longest);
  }
  return ignoreRules('', '.dockerignore', longest);
}

function ignoreRules(text: string, name: string, longest: number): IgnoreRules {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  // The library's default ignores case, which Docker does not.
  const rules = dockerignore({ ignorecase: false }).add(lines);

  function select(paths: readonly string[]): readonly string[] {
    try {
      return stopAfter(longest, () => paths.filter((path) => rules.ignores(path)));
    } catch (error) {
      if (error instanceof TookTooLong) {
        throw failure(
          'ContextRefused',
          `${name} takes longer than ${longest} ms for ${paths.length} paths: fewer rules with fewer * are expected`,
          { cause: error },
        );
      }
      if (!(error instanceof SyntaxError)) throw error;
      // It quotes the rule, which may be all of the file.
      const problem = error.message.slice(0, 500);
      throw failure('ContextRefused', `${name} has a rule that is no pattern: ${problem}`);
    }
  }

  return {
    async ignored(paths) {
      const found = new Set<string>();
      for (let start = 0; start < paths.length; start += chunk) {
        if (start > 0) await setImmediate();
        for (const path of select(paths.slice(start, start + chunk))) found.add(path);
      }
      return found;
    },
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
  const { size } = await stat(path);
  if (size > maxBytes) {
    throw failure(
      'ContextRefused',
      `the ignore file ${name} has ${size} bytes; at most ${maxBytes} are allowed`,
    );
  }
  return readFile(path, 'utf8');
}
