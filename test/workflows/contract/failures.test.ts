import { ApplicationFailure } from '@temporalio/common';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
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

test.each(types)('%s waits before what is tried again, and only then', (type) => {
  const { retry, backOff, raises } = failurePolicies[type];
  expect(backOff === null).toBe(retry === 'never');
  expect(backOff?.first ?? 0).toBeLessThanOrEqual(backOff?.ceiling ?? 0);
  expect(raises === null || retry === 'attempt').toBe(true);
});

test('the table as people rely on it', () => {
  const rows = Object.entries(failurePolicies)
    .filter(([, { retry }]) => retry === 'attempt' || retry === 'infrastructure')
    .map(([type, { retry, budget, backOff, raises }]) => [
      type,
      retry === 'attempt' ? budget : retry,
      `${backOff?.first}-${backOff?.ceiling}`,
      raises,
    ]);
  expect(rows).toEqual([
    ['ContextUnavailable', 2, '5-120', null],
    ['ContextExpired', 1, '0-0', null],
    ['RegistryRateLimited', 3, '60-900', null],
    ['RegistryUnavailable', 3, '5-120', null],
    ['OutOfMemory', 16, '0-0', 'memory'],
    ['DiskFull', 1, '2-30', 'ephemeralStorage'],
    ['BuildStalled', 1, '2-30', null],
    ['BuilderFault', 1, '2-30', null],
    ['Evicted', 'infrastructure', '1-30', null],
    ['Preempted', 'infrastructure', '1-30', null],
    ['NodeLost', 'infrastructure', '1-30', null],
    ['PodDeleted', 'infrastructure', '1-30', null],
    ['DigestMismatch', 1, '2-30', null],
    ['Unknown', 1, '2-30', null],
  ]);
});

describe('the code that recognises failures', async () => {
  const texts: string[] = [];
  for (const directory of ['activities', 'definition', 'workflows/internal']) {
    const root = fileURLToPath(new URL(`../../../${directory}/`, import.meta.url));
    for (const name of await readdir(root, { recursive: true })) {
      if (name.endsWith('.ts')) texts.push(await readFile(root + name, 'utf8'));
    }
  }

  test.each(types)('knows %s', (type) => {
    expect(texts.some((text) => text.includes(`'${type}'`))).toBe(true);
  });
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
