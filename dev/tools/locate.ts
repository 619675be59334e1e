import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

import type { Reporter } from '../reporter.ts';
import type { ProgramPin } from './pins.ts';
import { run } from './run.ts';
import { describeRange, formatVersion, isAccepted, readVersion } from './versions.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program that is there, or why nothing that is there will do. */
export type Located =
  | { readonly found: true; readonly path: string; readonly version: string }
  | { readonly found: false; readonly reasons: readonly string[] };

/** An explicit variable that names something unusable: never passed over in silence. */
export class ToolVariableError extends Error {
  override readonly name = 'ToolVariableError';
}

const versionTimeoutMs = 5_000;

/**
 * What the system has of a program: the one that its variable names, else the first of an accepted
 * version on PATH, reported either way. Throws `ToolVariableError`.
 */
export async function locateOnSystem(
  pin: ProgramPin,
  environment: Environment,
  reporter: Pick<Reporter, 'info'>,
): Promise<Located> {
  const named = await locateByVariable(pin, environment);
  const located = named ?? (await locateOnPath(pin, environment));
  if (located.found) {
    const origin = named === undefined ? 'on PATH' : `named by ${pin.variable}`;
    reporter.info(`${pin.name} ${located.version}, ${origin}: ${located.path}`);
  }
  return located;
}

/**
 * The program that the pin's variable names, or undefined where the variable isn't set. A version
 * outside the accepted range is taken as it is: who names a program has decided. Throws
 * `ToolVariableError` where there is no such program or it does not run.
 */
export async function locateByVariable(
  pin: ProgramPin,
  environment: Environment,
): Promise<Located | undefined> {
  const path = environment[pin.variable];
  if (path === undefined || path === '') return undefined;
  if (!isAbsolute(path) || !(await isExecutable(path))) {
    throw new ToolVariableError(
      `${pin.variable}=${path} is not the absolute path of an executable file. ` +
        `Name the ${pin.name} binary, or unset the variable.`,
    );
  }
  try {
    const version = readVersion(await versionText(pin, path, environment), pin.versionPattern);
    const text = version === undefined ? 'of unknown version' : formatVersion(version);
    return { found: true, path, version: text };
  } catch (cause) {
    throw new ToolVariableError(
      `${pin.variable}=${path} does not run: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * The first program of an accepted version on PATH. What is there and won't do is named in the
 * reasons, because a person will wonder why their own copy isn't used.
 */
export async function locateOnPath(pin: ProgramPin, environment: Environment): Promise<Located> {
  const reasons: string[] = [];
  for (const directory of (environment['PATH'] ?? '').split(delimiter).filter(isAbsolute)) {
    for (const name of [pin.name, ...(pin.otherNames ?? [])]) {
      const path = join(directory, name);
      if (!(await isExecutable(path))) continue;
      const judged = await judgeVersion(pin, path, environment);
      if (judged.found) return judged;
      reasons.push(...judged.reasons);
    }
  }
  return { found: false, reasons: reasons.length === 0 ? ['not on PATH'] : reasons };
}

/** Runs the program's version command and says whether what it prints is an accepted version. */
export async function judgeVersion(
  pin: ProgramPin,
  path: string,
  environment: Environment,
): Promise<Located> {
  let text: string;
  try {
    text = await versionText(pin, path, environment);
  } catch (error) {
    return { found: false, reasons: [`${path} does not run: ${(error as Error).message}`] };
  }
  const version = readVersion(text, pin.versionPattern);
  if (version === undefined) {
    return { found: false, reasons: [`${path} does not say which version it is`] };
  }
  if (!isAccepted(version, pin.accepted)) {
    const accepted = describeRange(pin.accepted);
    return {
      found: false,
      reasons: [`${path} is ${formatVersion(version)}; accepted is ${accepted}`],
    };
  }
  return { found: true, path, version: formatVersion(version) };
}

/** Whether the path is a file that this process may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function versionText(
  pin: ProgramPin,
  path: string,
  environment: Environment,
): Promise<string> {
  return run(path, pin.versionArguments, { environment, timeoutMs: versionTimeoutMs });
}
