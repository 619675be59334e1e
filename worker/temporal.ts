import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { registerSearchAttributes } from './search-attributes.ts';

/** Milliseconds for Temporal to answer a probe. */
const answerTimeout = 2_000;

export interface Temporal {
  readonly connection: NativeConnection;
  readonly namespace: string;
}

/**
 * Connects as Temporal's environment configuration says and sees to the search attributes.
 *
 * @param environment `TEMPORAL_…` variables
 */
export async function connectTemporal(environment: NodeJS.ProcessEnv): Promise<Temporal> {
  const variables = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(variables),
  });
  const connection = await NativeConnection.connect(connectionOptions);
  await registerSearchAttributes(connection, namespace);
  return { connection, namespace };
}

/** Rejects when the namespace is not answered for in time. */
export function askTemporal({ connection, namespace }: Temporal): Promise<unknown> {
  return connection.withDeadline(Date.now() + answerTimeout, () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
}
