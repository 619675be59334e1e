import { configuredAddress, connect, type SlipwayClient } from '../client/connect.ts';
import { commandSettings } from './environment.ts';
import { UsageError } from './exit.ts';

/**
 * Connects as the caller's environment says, and leaves no connection open whatever `use` does.
 *
 * @throws UsageError where nothing names a Temporal: what listens at its default address may be
 *   anybody's; ServiceUnreachable, InvalidConfiguration, and what `use` throws
 */
export async function withClient<T>(use: (client: SlipwayClient) => Promise<T>): Promise<T> {
  const environment = commandSettings(process.env);
  if (configuredAddress(environment) === null) throw new UsageError(unnamed);
  const client = await connect({ environment });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

const unnamed =
  'nothing says where Temporal is; set TEMPORAL_ADDRESS (host:port) or TEMPORAL_PROFILE, or start one on this machine with `slipway dev up`';
