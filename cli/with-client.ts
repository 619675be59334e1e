import { connect, type SlipwayClient } from '../client/connect.ts';
import { commandSettings } from './environment.ts';

/**
 * Connects as the caller's environment says, and leaves no connection open whatever `use` does.
 *
 * @throws ServiceUnreachable, InvalidConfiguration, and what `use` throws
 */
export async function withClient<T>(use: (client: SlipwayClient) => Promise<T>): Promise<T> {
  const client = await connect({ environment: commandSettings(process.env) });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
