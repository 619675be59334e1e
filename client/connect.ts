import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { defaultTaskQueue } from '../workflows/contract/ids.ts';
import { ServiceUnreachable } from './errors.ts';

export interface SlipwayClient {
  readonly temporal: Client;
  readonly taskQueue: string;
  close(): Promise<void>;
}

/**
 * Connects to the Temporal namespace of an installation, as Temporal's environment configuration
 * says (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS, API key; see Temporal's
 * documentation). `SLIPWAY_TASK_QUEUE` names another base queue than `slipway`.
 *
 * @throws ServiceUnreachable
 */
export async function connect(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<SlipwayClient> {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: defined(environment),
  });
  const address = connectionOptions.address ?? 'localhost:7233';
  try {
    const connection = await Connection.connect({
      ...connectionOptions,
      address,
      connectTimeout: '5s',
    });
    return {
      temporal: new Client({ connection, namespace: namespace ?? 'default' }),
      taskQueue: environment['SLIPWAY_TASK_QUEUE'] ?? defaultTaskQueue,
      close: () => connection.close(),
    };
  } catch (cause) {
    throw new ServiceUnreachable(`Temporal at ${address} does not answer`, { cause });
  }
}

function defined(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
