import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../cli/exit.ts';
import { withClient } from '../../cli/with-client.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** An environment that names no Temporal, whatever the person's own does. */
async function nowhere(): Promise<void> {
  const home = await temporaryDirectory();
  const config = join(home, '.config');
  const names = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];
  for (const name of names) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ HOME: home, XDG_CONFIG_HOME: config }))
    vi.stubEnv(name, value);
  vi.stubEnv('SLIPWAY_HOME', join(home, '.slipway'));
}

const nothing = () => Promise.reject(new Error('nothing is to be asked'));

describe('a command that asks Temporal', () => {
  test('says what to set where nothing names one', async () => {
    await nowhere();
    const error: unknown = await withClient(nothing).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    for (const way of ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', '`slipway dev up`'])
      expect(String(error)).toContain(way);
  });

  test('connects to the one that is named, and closes the connection', async () => {
    await nowhere();
    vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example.com:7233');
    const close = vi.fn<() => Promise<void>>(() => Promise.resolve());
    vi.spyOn(Connection, 'connect').mockResolvedValue({ close } as unknown as Connection);
    const address = await withClient((client) => Promise.resolve(client.address));
    expect(address).toBe('temporal.example.com:7233');
    expect(close).toHaveBeenCalledOnce();
  });
});
