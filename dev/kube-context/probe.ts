import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Server, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { machineAddresses } from './address.ts';
import type { ClusterApi } from './cluster-api.ts';
import { ClusterUnusable } from './cluster-unusable.ts';
import type { Place } from './objects.ts';
import { type ProbeState, type ProbeTarget, judgeProbe, probePod } from './probe-pod.ts';

/** Docker's name of an image with `nc`; SLIPWAY_PROBE_IMAGE names another. */
export const probeImage = 'docker.io/library/busybox:1.36';

export interface ProbeOptions {
  readonly api: ClusterApi;
  readonly place: Place;
  readonly image: string;
  readonly targets: readonly ProbeTarget[];
  readonly note: (text: string) => void;
  /** Milliseconds for the Pod to end; pulling its image is most of it. */
  readonly timeout?: number;
}

/**
 * Proves with a Pod that the cluster's Pods can connect to this machine. Where a target's service
 * doesn't run yet, a listener stands in for it. The Pod is deleted in any case.
 *
 * @throws ClusterUnusable saying what can't be reached from where, or why the Pod didn't run
 */
export async function probe(options: ProbeOptions): Promise<void> {
  const { api, place, image, targets } = options;
  const name = `slipway-probe-${randomBytes(4).toString('hex')}`;
  const pods = `/api/v1/namespaces/${place.namespace}/pods`;
  const path = `${pods}/${name}`;
  const listeners = await openListeners(targets);
  try {
    const body = probePod({ name, owner: place.owner, image, targets });
    await api.expect(`create a Pod in the namespace ${place.namespace}`, ['POST', pods, body]);
    try {
      const state = await endOf(options, path);
      if (state.kind === 'reached') return;
      throw new ClusterUnusable(await describeFailure(state, options, path));
    } finally {
      // A failure here must not hide the probe's; `down` deletes what is left.
      await api.call('DELETE', `${path}?gracePeriodSeconds=0`).catch(() => undefined);
    }
  } finally {
    for (const listener of listeners) listener.close();
  }
}

async function endOf(options: ProbeOptions, path: string): Promise<ProbeState> {
  const { api, note, timeout = 90_000 } = options;
  for (const deadline = Date.now() + timeout; ; await delay(250)) {
    const answer = await api.expect('show the probe Pod', ['GET', path]);
    const state = judgeProbe(JSON.parse(answer.body));
    if (state.kind !== 'pending') return state;
    note(state.note);
    if (Date.now() > deadline)
      return { kind: 'failed', reason: `not at its end after ${timeout / 1000} s, ${state.note}` };
  }
}

async function describeFailure(
  state: Exclude<ProbeState, { readonly kind: 'reached' }>,
  { api, image, targets }: ProbeOptions,
  path: string,
): Promise<string> {
  const cluster = `the cluster of the context ${api.context}`;
  switch (state.kind) {
    case 'image':
      return (
        `The nodes of ${cluster} can't pull the probe image ${image}: ${state.reason}. ` +
        'Name one that they can pull, with `nc` in it: SLIPWAY_PROBE_IMAGE=IMAGE.'
      );
    case 'unreachable': {
      const missed = targets.filter(({ name }) => state.targets.includes(name));
      const reached = targets.filter(({ name }) => !state.targets.includes(name));
      const said = await lastWords(api, path, missed[0]?.name ?? '');
      const own = machineAddresses();
      return [
        `Pods of ${cluster} can't reach ${missed.map(spell).join(' and ')} on this machine`,
        `; tried from ${state.from}${said === '' ? '' : ` (${said})`}. `,
        reached.length === 0 ? '' : `They do reach ${reached.map(spell).join(' and ')}. `,
        `Let the nodes through this machine's firewall to TCP port ${missed.map(({ port }) => port).join(' and ')}, `,
        `or name an address that Pods can reach with --address IP; this machine has ${own.join(', ') || 'none'}.`,
      ].join('');
    }
    case 'failed':
    case 'pending':
      return `The probe Pod in ${cluster} showed nothing: ${state.kind === 'failed' ? state.reason : state.note}.`;
    default:
      return assertNever(state);
  }
}

function spell({ name, host, port }: ProbeTarget): string {
  return `the ${name} at ${host}:${port}`;
}

/** What the container printed, on one line; empty where it can't be read. */
async function lastWords(api: ClusterApi, path: string, container: string): Promise<string> {
  const answer = await api.call('GET', `${path}/log?container=${container}&tailLines=2`);
  return answer.status === 200 ? answer.body.trim().replaceAll(/\s+/g, ' ') : '';
}

/** A port that is taken has its service: `ensurePorts` has seen to that. */
async function openListeners(targets: readonly ProbeTarget[]): Promise<readonly Server[]> {
  const listeners: Server[] = [];
  for (const { host, port } of targets) {
    const server = createServer((socket) => socket.on('error', () => undefined).end());
    server.listen({ host, port });
    try {
      await once(server, 'listening');
      listeners.push(server);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      for (const listener of listeners) listener.close();
      throw error;
    }
  }
  return listeners;
}

function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
