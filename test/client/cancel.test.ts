import { ServiceError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { cancelBuild } from '../../client/cancel.ts';
import { BuildNotFound, ServiceUnreachable } from '../../client/errors.ts';
import { grpcError, standInClient } from './stand-in.ts';

test('a cancel asks the build’s own workflow, and waits for nothing else', async () => {
  const client = standInClient({ 'shop/k1': { cancel: () => Promise.resolve() } });
  await cancelBuild(client, 'shop/k1');
  expect(client.calls).toEqual(['shop/k1 cancel']);
});

test('a build that is not there cannot be cancelled', async () => {
  await expect(cancelBuild(standInClient({}), 'shop/x')).rejects.toThrow(BuildNotFound);
});

test('a Temporal that is away is told', async () => {
  const away = new ServiceError('cancel failed', { cause: grpcError(14, 'no connection') });
  const client = standInClient({ 'shop/k1': { cancel: () => Promise.reject(away) } });
  await expect(cancelBuild(client, 'shop/k1')).rejects.toThrow(ServiceUnreachable);
});
