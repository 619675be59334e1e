import {
  BuildNotFound,
  BuildNotRetryable,
  InvalidBuildId,
  InvalidConfiguration,
  LogNotFound,
  PackageNotFound,
  ScheduleNotFound,
  ServiceUnreachable,
} from '../client/errors.ts';
import { EnvironmentInUse } from '../dev/environment-in-use.ts';
import { EnvironmentUnavailable } from '../dev/environment-unavailable.ts';
import { ClusterUnusable } from '../dev/kube-context/cluster-unusable.ts';
import { SettingsError } from '../worker/config.ts';
import { ProofFailed } from './demo/proof-failed.ts';
import { plainText } from './view/foreign-text.ts';

/** What the exit code tells a script (DESIGN.md, Results). */
export const exitCode = {
  succeeded: 0,
  failed: 1,
  badInput: 2,
  unreachable: 3,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Bad input that a command found itself; the message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Problems in a definition, one a line, each with its place: the message says it all. */
export class DefinitionRefused extends UsageError {}

/** Tells a person what failed and why, without a stack trace where the error is a known one. */
export function reportError(error: unknown): ExitCode {
  const known = codeOf(error);
  if (known === null) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`slipway: ${plainText(text)}\n`);
    process.stderr.write(
      'This is a fault in Slipway itself; please report it with the lines above.\n',
    );
    return exitCode.failed;
  }
  const text =
    error instanceof DefinitionRefused
      ? error.message
      : `slipway: ${causes(error).join('\n  because: ')}`;
  process.stderr.write(`${plainText(text)}\n`);
  return known;
}

function codeOf(error: unknown): ExitCode | null {
  if (error instanceof UsageError || error instanceof InvalidBuildId) return exitCode.badInput;
  if (error instanceof BuildNotFound || error instanceof SettingsError) return exitCode.badInput;
  if (error instanceof PackageNotFound) return exitCode.badInput;
  if (error instanceof ScheduleNotFound) return exitCode.badInput;
  if (error instanceof LogNotFound || error instanceof BuildNotRetryable) return exitCode.badInput;
  if (error instanceof InvalidConfiguration) return exitCode.badInput;
  if (error instanceof ProofFailed) return exitCode.failed;
  if (unreachable.some((type) => error instanceof type)) return exitCode.unreachable;
  // Errors that a person can act on without knowing the code: tools that can't be had, ports, disks.
  if (error instanceof Error && error.name !== 'Error' && !programming.includes(error.name)) {
    return exitCode.unreachable;
  }
  return null;
}

const unreachable = [
  ServiceUnreachable,
  EnvironmentUnavailable,
  EnvironmentInUse,
  ClusterUnusable,
] as const;

const programming = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError'];

function causes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  return error.cause instanceof Error
    ? [error.message, ...causes(error.cause).filter((cause) => !error.message.includes(cause))]
    : [error.message];
}
