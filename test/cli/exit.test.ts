import { ServiceError } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import { ProofFailed } from '../../cli/demo/proof-failed.ts';
import { DefinitionRefused, exitCode, reportError, UsageError } from '../../cli/exit.ts';
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
} from '../../client/errors.ts';
import { EnvironmentInUse } from '../../dev/environment-in-use.ts';
import { EnvironmentUnavailable } from '../../dev/environment-unavailable.ts';
import { CommandFailed } from '../../dev/host/run.ts';
import { ClusterUnusable } from '../../dev/kube-context/cluster-unusable.ts';
import { ComponentFailed } from '../../dev/process/start.ts';
import { NoDebianError } from '../../dev/tools/debian/release.ts';
import { DownloadError } from '../../dev/tools/download.ts';
import { PushError } from '../../dev/tools/images/push-images.ts';
import { ToolVariableError } from '../../dev/tools/locate.ts';
import { RunError } from '../../dev/tools/run.ts';
import { ToolsUnavailableError } from '../../dev/tools/unavailable.ts';
import { SettingsError } from '../../worker/config.ts';
import { grpcError } from '../client/stand-in.ts';

let write: MockInstance<typeof process.stderr.write>;
beforeEach(() => {
  write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => write.mockRestore());

function reported(error: unknown): { readonly code: number; readonly text: string } {
  const code = reportError(error);
  return { code, text: write.mock.calls.map(([chunk]) => String(chunk)).join('') };
}

/** As libraries make them: known by its name alone. */
function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** As gRPC and Temporal's client make them of a server's answer. */
function answered(code: number, details: string): Error {
  return new ServiceError('Temporal was asked', { cause: grpcError(code, details) });
}

describe('an error that a person can act on', () => {
  test.each<[Error, number]>([
    [new UsageError('no such file'), exitCode.badInput],
    [new InvalidBuildId('"A" is no build key'), exitCode.badInput],
    [new BuildNotFound('there is no build shop/x'), exitCode.badInput],
    [new SettingsError('SLIPWAY_STORE_ENDPOINT: is not set'), exitCode.badInput],
    [new ServiceUnreachable('Temporal does not answer'), exitCode.unreachable],
    [new EnvironmentUnavailable('not root'), exitCode.unreachable],
    [new EnvironmentInUse('/srv/home', 'uses a cluster'), exitCode.unreachable],
    [new ClusterUnusable('no such context'), exitCode.unreachable],
    [new ToolsUnavailableError([]), exitCode.unreachable],
    [new ComponentFailed('etcd ended'), exitCode.unreachable],
    [new RunError('go build failed'), exitCode.unreachable],
    [new PushError('HEAD answered 500'), exitCode.unreachable],
    [new DownloadError('answered 404'), exitCode.unreachable],
    [new NoDebianError('no Debian'), exitCode.unreachable],
    [new CommandFailed('ip', ['link'], 1, 'no', null), exitCode.unreachable],
    [named('TransportError', 'connection refused'), exitCode.unreachable],
    [new ToolVariableError('SLIPWAY_ETCD_BINARY names nothing'), exitCode.badInput],
    [new ReadRefused('no object of a build'), exitCode.badInput],
    [new LogNotFound('no container'), exitCode.badInput],
    [new BuildNotRetryable('it still runs'), exitCode.badInput],
    [new InvalidConfiguration('no such profile'), exitCode.badInput],
    [new PackageNotFound('never published'), exitCode.badInput],
    [new ScheduleNotFound('no schedule'), exitCode.badInput],
    [new ProofFailed('the registry has no such image'), exitCode.failed],
  ])('%o', (error, code) => {
    expect(reported(error)).toEqual({ code, text: `slipway: ${error.message}\n` });
  });

  test.each([
    ['INVALID_ARGUMENT', 3, exitCode.badInput],
    ['NOT_FOUND', 5, exitCode.badInput],
    ['PERMISSION_DENIED', 7, exitCode.badInput],
    ['UNAUTHENTICATED', 16, exitCode.badInput],
    ['DEADLINE_EXCEEDED', 4, exitCode.unreachable],
    ['INTERNAL', 13, exitCode.unreachable],
    ['UNAVAILABLE', 14, exitCode.unreachable],
  ])('is what Temporal answers: %s', (_name, code, exit) => {
    expect(reported(answered(code, 'why'))).toEqual({
      code: exit,
      text: `slipway: Temporal was asked\n  because: ${code}: why\n`,
    });
    expect(reportError(grpcError(code, 'why'))).toBe(exit);
  });

  test('in a definition says its places and nothing else', () => {
    const message = 'a.yaml:5:12: spec.version: 1.10 is a number\na.yaml:9:3: more';
    expect(reported(new DefinitionRefused(message))).toEqual({
      code: exitCode.badInput,
      text: `${message}\n`,
    });
  });

  test('comes with the causes below it, each once, without a stack trace', () => {
    const root = new Error('connect ECONNREFUSED 127.0.0.1:7233');
    const middle = new Error(`fetch failed: ${root.message}`, { cause: root });
    const error = new ServiceUnreachable('Temporal does not answer', { cause: middle });
    expect(reported(error).text).toBe(
      'slipway: Temporal does not answer\n  because: fetch failed: connect ECONNREFUSED 127.0.0.1:7233\n',
    );
  });

  test('does not repeat a cause that its message quotes', () => {
    const error = new UsageError('cannot read a: ENOENT', { cause: new Error('ENOENT') });
    expect(reported(error).text).toBe('slipway: cannot read a: ENOENT\n');
  });
});

describe('a fault of Slipway itself', () => {
  test.each([
    new TypeError('x is not a function'),
    new RangeError('too deep'),
    new Error('unexpected'),
    // Of a name that nobody has listed: what to do about it is not known either.
    named('ZodError', 'expected a string'),
  ])('shows where: %o', (error) => {
    const { code, text } = reported(error);
    expect(code).toBe(exitCode.failed);
    expect(text).toContain(error.message);
    expect(text).toMatch(/^ +at .+exit\.test\.ts:\d+:\d+/m);
    expect(text).toContain('fault in Slipway itself');
  });

  test('may be no error at all', () => {
    const { code, text } = reported('text');
    expect(code).toBe(exitCode.failed);
    expect(text).toMatch(/^slipway: text\n.*fault in Slipway itself/);
  });
});

test('codes are those that scripts know', () => {
  expect(exitCode).toEqual({
    succeeded: 0,
    failed: 1,
    badInput: 2,
    unreachable: 3,
    interrupted: 130,
  });
});
