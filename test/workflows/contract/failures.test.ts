import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import {
  failure,
  failurePolicies,
  isFailureType,
  type FailureType,
} from '../../../workflows/contract/failures.ts';

const types = Object.keys(failurePolicies) as FailureType[];

// Types may be added, never renamed: consumers of results and search attributes know them.
const published = `
  InvalidDefinition TemplateInvalid SecretNotFound SourceNotFound SourceAuthDenied
  SourceUnavailable ContextRefused ContextUnavailable ContextExpired BaseImageNotFound
  BaseImageDenied RegistryRateLimited RegistryUnavailable PushDenied TagImmutable
  DockerfileInvalid BuildCommandFailed OutOfMemory DiskFull UnpackConflict SnapshotTimeout
  BuildStalled BuilderFault Evicted Preempted NodeLost PodDeleted PodConflict
  BuilderImagePull PodRejected QuotaExceeded Unschedulable DeadlineExceeded DigestMismatch
  VersionExists ClusterUnavailable StorageUnavailable Cancelled Unknown PodStillRunning
`;

test('no published type is gone', () => {
  expect(types).toEqual(expect.arrayContaining(published.trim().split(/\s+/)));
});

test.each(types)('%s says what to do and has a budget where attempts have one', (type) => {
  const { retry, budget, hint } = failurePolicies[type];
  expect(hint).toMatch(/^[A-Z].*\.$/);
  expect(budget > 0).toBe(retry === 'attempt');
});

test.each(types)('%s is final for Temporal when the same inputs fail again', (type) => {
  const error = failure(type, 'what failed');
  expect(error).toBeInstanceOf(ApplicationFailure);
  expect(error).toMatchObject({ type, message: 'what failed' });
  expect(error.nonRetryable).toBe(failurePolicies[type].retry === 'never');
});

test('a failure keeps its cause and its log tail', () => {
  const cause = new Error('connection refused');
  const error = failure('StorageUnavailable', 'no store', { cause, details: { log: 'tail' } });
  expect(error.cause).toBe(cause);
  expect(error.details).toEqual([{ log: 'tail' }]);
});

test('what is no error is no cause', () => {
  expect(failure('Unknown', 'strange', { cause: 'text' }).cause).toBeUndefined();
});

test.each(['toString', 'constructor', '__proto__', '', 'nodeLost', null, undefined])(
  '%j is no failure type',
  (text) => {
    expect(isFailureType(text)).toBe(false);
  },
);
