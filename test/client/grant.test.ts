import { WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { seal } from '../../activities/support/sealed.ts';
import { ReadRefused, ServiceUnreachable } from '../../client/errors.ts';
import { grantReads } from '../../client/grant.ts';
import { openReads } from '../../client/read-objects.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { openObjectServer } from '../support/object-server.ts';
import { grpcError, standInClient, type StandInParts } from './stand-in.ts';

const read = { kind: 'object', key: 'results/a' } as const;
const asked = (presign: NonNullable<StandInParts['presign']>) =>
  grantReads(standInClient({}, { presign }), [read]);

describe('a grant', () => {
  test('is what a worker sealed for this question', async () => {
    const grant = await asked(async ({ reads, publicKey }) => {
      expect(reads).toEqual([read]);
      const urls = [['https://store.example.com/results/a?X-Amz-Signature=1']];
      const text = { expiresAt: '2026-11-22T10:00:00.000Z', caBundle: 'PEM', urls };
      return { sealed: seal(JSON.stringify(text), publicKey) };
    });
    expect(grant).toEqual({
      expiresAt: Date.UTC(2026, 10, 22, 10),
      caBundle: 'PEM',
      urls: [['https://store.example.com/results/a?X-Amz-Signature=1']],
    });
  });

  test('is asked for with another key each time', async () => {
    const keys = new Set<string>();
    await using objects = await openObjectServer();
    for (let count = 0; count < 3; count += 1) {
      await asked((input) => {
        keys.add(input.publicKey);
        return objects.presignReads(input);
      });
    }
    expect(keys.size).toBe(3);
  });

  test.each(['file:///etc/passwd', 'javascript:1', 'store/a'])(
    'does not lead to %s',
    async (url) => {
      const text = { expiresAt: new Date().toISOString(), caBundle: null, urls: [[url]] };
      const answer = asked(async ({ publicKey }) => ({
        sealed: seal(JSON.stringify(text), publicKey),
      }));
      await expect(answer).rejects.toThrow(z.ZodError);
    },
  );
});

describe('without a grant', () => {
  const failed = (cause: Error): WorkflowFailedError =>
    new WorkflowFailedError('failed', cause, RetryState.NON_RETRYABLE_FAILURE);
  const ofActivity = (cause: Error): Error =>
    new ActivityFailure(
      'Activity task failed',
      'presignReads',
      '1',
      RetryState.MAXIMUM_ATTEMPTS_REACHED,
      undefined,
      cause,
    );

  test.each<[string, Error, new () => Error, RegExp]>([
    [
      'what may not be read',
      failed(ofActivity(failure('InvalidDefinition', '"x" cannot be read'))),
      ReadRefused as never,
      /^"x" cannot be read$/,
    ],
    [
      'a store that is away',
      failed(ofActivity(failure('StorageUnavailable', 'presigning: away'))),
      ServiceUnreachable as never,
      /no worker could: presigning: away$/,
    ],
    [
      'no worker',
      failed(new TimeoutFailure('timed out', undefined, TimeoutType.SCHEDULE_TO_START)),
      ServiceUnreachable as never,
      /no worker answered in time; start one/,
    ],
    [
      'a worker that knows no such workflow',
      failed(ApplicationFailure.create({ message: 'no such workflow' })),
      ServiceUnreachable as never,
      /no worker could: no such workflow$/,
    ],
    [
      'a Temporal that is away',
      grpcError(14, 'connection refused'),
      ServiceUnreachable as never,
      /^Temporal at temporal\.example\.com:7233 does not answer/,
    ],
  ])('because of %s the reader is told', async (_what, error, type, message) => {
    const told = await asked(() => Promise.reject(error)).catch((thrown: unknown) => thrown);
    expect(told).toBeInstanceOf(type);
    expect((told as Error).message).toMatch(message);
    expect((told as Error).cause).toBe(error);
  });
});

describe('objects', () => {
  test('are fetched when they are asked for, each on its own', async () => {
    await using objects = await openObjectServer({ 'results/a': 'one', 'dockerfiles/c': 'three' });
    const client = standInClient({}, { presign: objects.presignReads });
    const keys = ['results/a', 'results/b', 'dockerfiles/c'];
    const downloads = await openReads(
      client,
      keys.map((key) => ({ kind: 'object', key })),
    );
    expect(objects.requests).toEqual([]);
    const texts = await Promise.all(
      downloads.map(async (download) => (await download.fetch())?.text()),
    );
    expect(texts).toEqual(['one', undefined, 'three']);
    expect(client.calls).toHaveLength(1);
  });

  test('of none take no workflow', async () => {
    const client = standInClient({});
    expect(await openReads(client, [])).toEqual([]);
    expect(client.calls).toEqual([]);
  });
});
