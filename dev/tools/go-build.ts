import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import type { Environment } from './locate.ts';
import type { GoPart, GoProgramPin } from './pins.ts';
import { boundToThisProcess, run } from './run.ts';
import { withTemporaryDirectory } from './temporary.ts';

export interface GoBuildOptions {
  /** The directory with the part's go.mod and go.sum. */
  readonly moduleDirectory: string;
  /** Where the finished programs appear, under their names on PATH. */
  readonly outputDirectory: string;
  readonly environment: Environment;
  readonly note: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Says why the Go toolchain can't build here, or undefined where it can. It is asked in the
 * module's directory, so that the toolchain that go.mod and GOTOOLCHAIN choose is the one asked.
 */
export async function goUnavailable(
  moduleDirectory: string,
  environment: Environment,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    await run('go', ['version'], {
      cwd: moduleDirectory,
      environment: goEnvironment(environment),
      signal,
    });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    const message = (error as Error).message;
    if (message.includes('ENOENT')) return 'there is no Go toolchain: `go` is not on PATH';
    if (message.includes('requires go')) {
      return `the Go toolchain is too old: ${message.split('\n').at(-1)}`;
    }
    return `the Go toolchain does not run: ${message}`;
  }
}

/**
 * Compiles programs of a part from the pinned module versions, whose sums Go verifies against the
 * committed go.sum. A program appears in the output directory only when it is whole. Throws
 * `RunError` with the compiler's words.
 */
export async function goBuild(
  part: GoPart,
  programs: readonly GoProgramPin[],
  options: GoBuildOptions,
): Promise<void> {
  const environment = goEnvironment(options.environment);
  const { moduleDirectory: cwd, outputDirectory, note, signal } = options;
  const packages = programs.map((program) => program.package);

  let fetched = 0;
  let compiled = 0;
  let total = 0;
  const onErrorLine = (line: string): void => {
    const fetching = /^go: downloading (\S+)/.exec(line);
    if (fetching) note(`fetching module ${++fetched}, ${fetching[1]}`);
    // `go build -v` prints a package as its compile starts; anything with a blank is a message.
    else if (/^[\w.~/-]+$/.test(line)) note(describeProgress(++compiled, total, line));
  };

  note('looking at modules');
  const [list, listArguments] = boundToThisProcess('go', ['list', '-mod=readonly', '-deps']);
  total = (
    await run(list, [...listArguments, ...packages], { cwd, environment, signal, onErrorLine })
  ).split('\n').length;

  await withTemporaryDirectory(outputDirectory, '.building-', async (temporary) => {
    const [build, buildArguments] = boundToThisProcess('go', [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      '-v',
      '-ldflags',
      ['-s', '-w', ...part.linkerFlags].join(' '),
      '-o',
      `${temporary}/`,
    ]);
    await run(build, [...buildArguments, ...packages], { cwd, environment, signal, onErrorLine });
    for (const { builtName, name } of programs) {
      await rename(join(temporary, builtName), join(outputDirectory, name));
    }
  });
}

/** The build cache makes the total an upper bound: what is in it is not compiled again. */
function describeProgress(compiled: number, total: number, name: string): string {
  const of = total === 0 ? '' : ` of at most ${total}`;
  return `compiling package ${compiled}${of}, ${name}`;
}

/**
 * The person's environment (proxy, caches, toolchain choice stay theirs) without what would change
 * the result: flags, workspace, cross-compilation, C.
 */
function goEnvironment(environment: Environment): Record<string, string | undefined> {
  const kept = Object.entries(environment).filter(([name]) => !resultChanging.has(name));
  // GOFLAGS can't be set empty: Go would then take it from `go env -w`.
  return {
    ...Object.fromEntries(kept),
    GOFLAGS: '-mod=readonly',
    GOWORK: 'off',
    GO111MODULE: 'on',
    CGO_ENABLED: '0',
  };
}

const resultChanging = new Set(['GOOS', 'GOARCH', 'GOEXPERIMENT', 'GODEBUG', 'GOBIN']);
