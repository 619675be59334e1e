import type { Certificates } from '../credentials/certificates.ts';
import type { Logins } from '../credentials/logins.ts';
import type { Host } from '../host/requirements.ts';
import type { InstancePaths } from '../instance/paths.ts';
import type { PortName } from '../instance/ports.ts';
import type { Instance } from '../instance/record.ts';
import type { ServiceTools, Tools } from '../tools/tools.ts';

/** What the services that are no part of Kubernetes are made from: Temporal, store and registry. */
export interface ServiceSetting {
  readonly instance: Instance;
  readonly paths: InstancePaths;
  readonly tools: ServiceTools;
  readonly certificates: Certificates;
  readonly logins: Logins;
}

/** Everything that the descriptions of an instance's components are made from. */
export interface Setting extends ServiceSetting {
  readonly tools: Tools;
  readonly host: Host;
  /** The pause image's reference in the local registry. */
  readonly pauseImage: string;
  readonly resolver: string;
  readonly mtu: number;
}

/**
 * What Pods or the API server's proxy have to reach is at the gateway. The rest is at the
 * instance's loopback address: Temporal has no login, and a Dockerfile's RUN may be anybody's.
 */
export function hostOf(instance: Pick<Instance, 'subnet'>, port: PortName): string {
  if (atLocalhost.has(port)) return '127.0.0.1';
  return atGateway.has(port) ? instance.subnet.gateway : instance.subnet.loopback;
}

/** `host:port` of one of the instance's services. */
export function addressOf(instance: Pick<Instance, 'subnet' | 'ports'>, port: PortName): string {
  return `${hostOf(instance, port)}:${instance.ports[port]}`;
}

const atGateway: ReadonlySet<PortName> = new Set(['registry', 'store', 'apiServer', 'kubelet']);

/** Temporal's services call each other at 127.0.0.1, whatever `--ip` says. */
const atLocalhost: ReadonlySet<PortName> = new Set([
  'temporal',
  'temporalUi',
  'temporalHttp',
  'temporalMetrics',
]);
