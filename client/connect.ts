import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type TLSConfig,
} from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { defaultTaskQueue } from '../workflows/contract/ids.ts';
import { endOnClosedChannel } from './closed-channel.ts';
import { AccessDenied, InvalidConfiguration, ServiceUnreachable } from './errors.ts';
import { unreachable } from './rpc.ts';

/** A connection to one installation: every function of this library takes it first. */
export interface SlipwayClient {
  /** Temporal's own client, for what this library has no function for. */
  readonly temporal: Client;
  /** `host:port` of the Temporal frontend that it talks to. */
  readonly address: string;
  /** The Temporal namespace in which all builds and schedules are. */
  readonly namespace: string;
  /** The installation's base queue. */
  readonly taskQueue: string;
  /** Ends the connection; what still waits for an answer fails. */
  close(): Promise<void>;
}

/** What a caller says itself; it wins over the environment and the configuration file. */
export interface ConnectOptions {
  /** Read instead of the process's own variables; `{}` for none of them. */
  readonly environment?: NodeJS.ProcessEnv;
  /** `host:port` of Temporal's frontend. */
  readonly address?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Profile of Temporal's configuration file. */
  readonly profile?: string;
  /** Sent with every call, over TLS unless `tls` says otherwise. */
  readonly apiKey?: string;
  /** `true` for TLS under the system's CAs; for mTLS the client's certificate and key, PEM. */
  readonly tls?: boolean | TLSConfig;
  /** The installation's base task queue. Default: `SLIPWAY_TASK_QUEUE`, else `slipway`. */
  readonly taskQueue?: string;
}

/**
 * Connects to the Temporal namespace of an installation, as Temporal's environment configuration
 * says (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS, API key; see Temporal's
 * documentation). `SLIPWAY_TASK_QUEUE` names another base queue than `slipway`.
 *
 * @throws InvalidConfiguration, ServiceUnreachable
 */
export async function connect(options: ConnectOptions = {}): Promise<SlipwayClient> {
  const { environment = process.env } = options;
  const { connectionOptions, ...configured } = configuration(environment, options.profile);
  const address = options.address ?? named(connectionOptions.address) ?? 'localhost:7233';
  const namespace = options.namespace ?? configured.namespace ?? 'default';
  const apiKey = options.apiKey ?? connectionOptions.apiKey;
  const tls = options.tls ?? connectionOptions.tls;
  try {
    const connection = await Connection.connect({
      ...connectionOptions,
      address,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(tls === undefined ? {} : { tls }),
      connectTimeout: '5s',
      // Its default, and inside it what ends the tries after `close`.
      interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), endOnClosedChannel],
    });
    return {
      temporal: new Client({ connection, namespace }),
      address,
      namespace,
      taskQueue: options.taskQueue ?? environment['SLIPWAY_TASK_QUEUE'] ?? defaultTaskQueue,
      close: () => connection.close(),
    };
  } catch (cause) {
    const told = unreachable({ address, namespace }, cause);
    if (told instanceof AccessDenied) throw told;
    throw new ServiceUnreachable(
      `Temporal at ${address} does not answer; TEMPORAL_ADDRESS says where it is, and \`slipway dev up\` starts one on this machine`,
      { cause },
    );
  }
}

/**
 * What an environment, or the configuration file that it leads to, has as Temporal's address.
 *
 * @returns null where nothing names one
 * @throws InvalidConfiguration
 */
export function configuredAddress(environment: NodeJS.ProcessEnv): string | null {
  return named(configuration(environment, undefined).connectionOptions.address);
}

/** A variable that is set to nothing names nothing. */
function named(address: string | undefined): string | null {
  return address === undefined || address === '' ? null : address;
}

function configuration(
  environment: NodeJS.ProcessEnv,
  profile: string | undefined,
): ClientConnectConfig {
  try {
    return loadClientConnectConfig({
      overrideEnvVars: defined(environment),
      ...(profile === undefined ? {} : { profile }),
    });
  } catch (cause) {
    throw new InvalidConfiguration('Temporal’s configuration cannot be used', { cause });
  }
}

function defined(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
