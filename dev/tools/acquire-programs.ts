import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Reporter } from '../reporter.ts';
import { goPartCacheKey } from './cache-key.ts';
import { download, extractMember } from './download.ts';
import { goBuild, goUnavailable } from './go-build.ts';
import type { Environment } from './locate.ts';
import { isExecutable, judgeVersion, locateOnSystem } from './locate.ts';
import type { GoPart, GoProgramPin } from './pins.ts';
import type { MissingProgram } from './unavailable.ts';

export interface AcquireProgramsOptions {
  readonly parts: readonly GoPart[];
  /** Holds one directory per part, with its go.mod and go.sum. */
  readonly modulesDirectory: string;
  readonly cacheDirectory: string;
  readonly environment: Environment;
  readonly reporter: Reporter;
  /** Node's name of the machine's architecture. */
  readonly architecture: string;
  readonly signal?: AbortSignal | undefined;
}

/** Programs that were found or made, by name, and those that were not, with what was tried. */
export interface AcquiredPrograms {
  readonly paths: ReadonlyMap<string, string>;
  readonly missing: readonly (MissingProgram & { readonly part: GoPart })[];
}

/**
 * Looks for each program by its variable, on PATH and in the cache, in this order; compiles and
 * downloads nothing. Throws `ToolVariableError`.
 */
export async function findPrograms(options: AcquireProgramsOptions): Promise<AcquiredPrograms> {
  const paths = new Map<string, string>();
  const missing: (MissingProgram & { readonly part: GoPart })[] = [];
  for (const part of options.parts) {
    const cached = await cachedPartDirectory(part, options);
    for (const pin of part.programs) {
      const located = await locateOnSystem(pin, options.environment, options.reporter);
      if (located.found) {
        paths.set(pin.name, located.path);
      } else if (await isExecutable(join(cached, pin.name))) {
        paths.set(pin.name, join(cached, pin.name));
      } else {
        missing.push({ part, pin, reasons: located.reasons, waysOut: waysOut(part, cached) });
      }
    }
  }
  return { paths, missing };
}

/**
 * Has every program made that `findPrograms` doesn't find: compiled, or else downloaded. What
 * can't be had is in `missing`, with the reasons of every way that was tried.
 */
export async function makePrograms(options: AcquireProgramsOptions): Promise<AcquiredPrograms> {
  const found = await findPrograms(options);
  const paths = new Map(found.paths);
  const missing: (MissingProgram & { readonly part: GoPart })[] = [];
  for (const part of options.parts) {
    const wanted = found.missing.filter((program) => program.part === part);
    if (wanted.length === 0) continue;
    const pins = part.programs.filter((pin) =>
      wanted.some(({ pin: { name } }) => name === pin.name),
    );
    const directory = await cachedPartDirectory(part, options);
    const failures = await makePart(part, pins, directory, options);
    for (const program of wanted) {
      const path = join(directory, program.pin.name);
      if (await isExecutable(path)) paths.set(program.pin.name, path);
      else
        missing.push({
          ...program,
          reasons: [...program.reasons, 'not in the cache', ...failures],
        });
    }
  }
  return { paths, missing };
}

/** Returns what went wrong on each way; empty when the first way led there. */
async function makePart(
  part: GoPart,
  programs: readonly GoProgramPin[],
  directory: string,
  options: AcquireProgramsOptions,
): Promise<readonly string[]> {
  const { environment, reporter, signal } = options;
  const names = programs.map(({ name }) => name).join(', ');
  const moduleDirectory = join(options.modulesDirectory, part.name);
  const failures: string[] = [];

  const noGo = await goUnavailable(moduleDirectory, environment, signal);
  if (noGo !== undefined) {
    failures.push(noGo);
  } else {
    const title = `Compiling ${part.name} ${part.version} (${names})`;
    const compiled = await attempt(signal, () =>
      reporter.step(title, (note) =>
        goBuild(part, programs, {
          moduleDirectory,
          outputDirectory: directory,
          environment,
          note,
          signal,
        }),
      ),
    );
    if (compiled === undefined) return [];
    failures.push(`compiling: ${compiled}`);
  }

  const release = part.downloads[options.architecture];
  if (release === undefined) {
    return [...failures, 'downloading: no release file with a known sum for this machine'];
  }
  const downloaded = await attempt(signal, () =>
    reporter.step(`Downloading ${part.name} ${part.version} (${names})`, async (note) => {
      await mkdir(directory, { recursive: true });
      const onProgress = (received: number, total: number | undefined): void =>
        note(`${megabytes(received)}${total === undefined ? '' : ` of ${megabytes(total)}`} MB`);
      const archive = join(directory, '.release');
      await download(release.url, release.digest, archive, { signal, onProgress });
      for (const pin of programs) {
        const member = release.members?.[pin.name];
        if (member === undefined) throw new Error(`${release.url} is pinned without ${pin.name}`);
        const unproved = join(directory, `.${pin.name}`);
        await extractMember(archive, member, unproved);
        const judged = await judgeVersion(pin, unproved, environment);
        if (!judged.found) throw new Error(judged.reasons.join('; '));
        await rename(unproved, join(directory, pin.name));
      }
      await rm(archive, { force: true });
    }),
  );
  return downloaded === undefined ? [] : [...failures, `downloading: ${downloaded}`];
}

/** The failure's message, or undefined; an abort is passed on, because it ends every way. */
async function attempt(
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return (error as Error).message;
  }
}

function waysOut(part: GoPart, cached: string): readonly string[] {
  return [
    `copy ${cached} from a machine that has it`,
    `install Go 1.26 or newer and let it reach a module proxy (GOPROXY): ${part.name} is compiled`,
  ];
}

async function cachedPartDirectory(part: GoPart, options: AcquireProgramsOptions): Promise<string> {
  const moduleDirectory = join(options.modulesDirectory, part.name);
  const key = await goPartCacheKey(part, moduleDirectory, options.architecture);
  return join(options.cacheDirectory, 'programs', key);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
