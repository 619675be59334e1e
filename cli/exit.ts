import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import {
  BuildNotFound,
  BuildNotRetryable,
  InvalidBuildId,
  InvalidConfiguration,
  LogNotFound,
  PackageNotFound,
  ReadRefused,
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

// Whoever adds an error that a person can act on names it here: an unknown one is a fault.
const badInput = [
  UsageError,
  BuildNotFound,
  BuildNotRetryable,
  InvalidBuildId,
  InvalidConfiguration,
  LogNotFound,
  PackageNotFound,
  ReadRefused,
  ScheduleNotFound,
  SettingsError,
] as const;

const unreachable = [
  ServiceUnreachable,
  ClusterUnusable,
  EnvironmentInUse,
  EnvironmentUnavailable,
] as const;

/** Of parts and libraries that few commands load: no other has to wait for them. */
const byName: ReadonlyMap<string, ExitCode> = new Map([
  ['ToolVariableError', exitCode.badInput],
  ['CommandFailed', exitCode.unreachable],
  ['ComponentFailed', exitCode.unreachable],
  ['DownloadError', exitCode.unreachable],
  ['NoDebianError', exitCode.unreachable],
  ['PushError', exitCode.unreachable],
  ['RunError', exitCode.unreachable],
  ['S3Error', exitCode.unreachable],
  ['ToolsUnavailableError', exitCode.unreachable],
  ['TransportError', exitCode.unreachable],
]);

/**
 * gRPC's INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED and UNAUTHENTICATED: what was
 * asked for, or who asked, is not right. All other answers are the server's own trouble.
 */
const refusals: readonly number[] = [3, 5, 6, 7, 16];

function codeOf(error: unknown): ExitCode | null {
  const isOne = (types: readonly (abstract new (...args: never) => Error)[]): boolean =>
    types.some((type) => error instanceof type);
  if (isOne(badInput)) return exitCode.badInput;
  if (isOne(unreachable)) return exitCode.unreachable;
  if (error instanceof ProofFailed) return exitCode.failed;
  const named = error instanceof Error ? byName.get(error.name) : undefined;
  if (named !== undefined) return named;
  const answer = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(answer)) return null;
  return refusals.includes(answer.code) ? exitCode.badInput : exitCode.unreachable;
}

function causes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  return error.cause instanceof Error
    ? [error.message, ...causes(error.cause).filter((cause) => !error.message.includes(cause))]
    : [error.message];
}
