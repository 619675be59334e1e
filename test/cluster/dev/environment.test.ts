import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { down } from '../../../dev/down.ts';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import { detectCgroups } from '../../../dev/host/cgroups.ts';
import { deriveIdentity } from '../../../dev/instance/identity.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';
import { readTools } from '../../../dev/instance/used-tools.ts';
import { leftovers } from '../../../dev/leftovers.ts';
import { isAlive } from '../../../dev/process/identity.ts';
import { readRecord, readRecords } from '../../../dev/process/records.ts';
import { stopProcess } from '../../../dev/process/stop.ts';
import { status } from '../../../dev/status.ts';
import { up } from '../../../dev/up.ts';
import { makeTestHome } from '../../support/test-home.ts';

const cacheDirectory = process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway');
const said: string[] = [];
const reporter = {
  info: (message: string) => void said.push(message),
  warn: (message: string) => void said.push(message),
  step: <T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> => {
    said.push(title);
    return work(() => undefined);
  },
};

let home = '';
beforeAll(async () => {
  home = await makeTestHome('dev');
});
afterAll(async () => {
  await down({ home, purge: true, reporter });
  await rm(home, { recursive: true, force: true });
});

function start(options: { readonly worker?: string } = {}): Promise<LocalEnvironment> {
  const worker = {
    command: process.execPath,
    args: ['-e', 'setInterval(() => 0, 1000)'],
    environment: {},
    fingerprint: options.worker ?? '',
  };
  return up({
    home,
    cacheDirectory,
    environment: process.env,
    reporter,
    ...(options.worker === undefined ? {} : { worker }),
  });
}

function startInProcess(): {
  readonly child: ChildProcess;
  readonly reached: (line: RegExp) => Promise<void>;
} {
  const script = join(import.meta.dirname, '../../support/dev-up-process.ts');
  const child = spawn(process.execPath, [script, home, cacheDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    reached: (line) =>
      new Promise((resolve, reject) => {
        lines.on('line', (text) => {
          if (line.test(text)) resolve();
        });
        child.once('exit', () => {
          reject(new Error(`up ended before it said ${line.source}`));
        });
      }),
  };
}

async function pids(): Promise<Readonly<Record<string, number>>> {
  const records = await readRecords(instancePaths(home).processes);
  return Object.fromEntries(records.map(({ name, identity }) => [name, identity.pid]));
}

async function remains(): Promise<readonly string[]> {
  const layout = detectCgroups(await readFile('/proc/self/mountinfo', 'utf8'));
  const hierarchies = layout.kind === 'none' ? [] : layout.hierarchies;
  const tools = await readTools(instancePaths(home));
  return leftovers({ identity: deriveIdentity(home), home, hierarchies, tools });
}

/** The bridge's hardware address. */
function bridgeAddress(): Promise<string> {
  return readFile(join('/sys/class/net', deriveIdentity(home).bridge, 'address'), 'utf8');
}

/** Creates a Pod that pulls from the local registry by Docker's name, and waits until it runs. */
async function runPod(environment: LocalEnvironment, name: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(environment.kubernetes.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const { namespace } = environment.kubernetes;
  const container = { name: 'main', image: 'busybox:latest', command: ['sleep', '600'] };
  const body = { metadata: { name }, spec: { containers: [container] } };
  await api.createNamespacedPod({ namespace, body });
  await expect
    .poll(async () => (await api.readNamespacedPod({ namespace, name })).status?.phase, {
      timeout: 60_000,
    })
    .toBe('Running');
}

describe('the local environment', () => {
  test('starts, and the second of two at once waits and finds it running', async () => {
    said.length = 0;
    const [one, other] = await Promise.all([start(), start()]);
    expect(other).toEqual(one);
    expect(said.filter((line) => line.includes('waiting for it'))).toHaveLength(1);
    expect(said.some((line) => line.startsWith('Started again'))).toBe(false);
    expect(await status({ home })).toMatchObject({ state: 'up', environment: one });
  });

  test('is left alone by another `up`, but for a worker that has changed', async () => {
    await start({ worker: 'first' });
    const { worker, ...before } = await pids();
    await start({ worker: 'first' });
    expect(await pids()).toEqual({ ...before, worker });
    await start({ worker: 'second' });
    const { worker: restarted, ...after } = await pids();
    expect(after).toEqual(before);
    expect(restarted).not.toBe(worker);
  });

  test.each(['etcd', 'containerd', 'minio', 'kube-controller-manager'])(
    'gets a killed %s back, and nothing else is started again',
    async (name) => {
      const before = await pids();
      const record = await readRecord(instancePaths(home).processes, name);
      if (record === undefined) throw new Error(`${name} was not recorded`);
      await stopProcess(record.identity, 0);
      expect((await status({ home })).state).toBe('incomplete');
      await start();
      const after = await pids();
      const changed = Object.keys(after).filter((key) => after[key] !== before[key]);
      expect(changed).toEqual([name]);
      expect((await status({ home })).state).toBe('up');
    },
  );

  test('runs Pods; down ends them, leaves nothing, and keeps the data', async () => {
    const environment = await start();
    const bridge = await bridgeAddress();
    await runPod(environment, 'survivor');
    // A bridge that takes its interfaces' address changes it with every Pod, and loses packets.
    expect(await bridgeAddress()).toBe(bridge);
    const records = await readRecords(instancePaths(home).processes);
    expect(await remains()).not.toEqual([]);
    await down({ home, purge: false, reporter });
    expect(await remains()).toEqual([]);
    const alive = await Promise.all(records.map(({ identity }) => isAlive(identity)));
    expect(alive).not.toContain(true);
    expect((await status({ home })).state).toBe('down');

    const again = await start();
    expect(again).toEqual(environment);
    const config = new KubeConfig();
    config.loadFromFile(again.kubernetes.kubeconfig);
    const pods = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'slipway' });
    expect(pods.items.map((pod) => pod.metadata?.name)).toEqual(['survivor']);
    await runPod(again, 'second');
  });

  test.each([/waiting for .*etcd/, /waiting for .*kube-apiserver/, /waiting for .*kubelet/])(
    'is taken down without a trace after an `up` that was killed at %s',
    async (moment) => {
      await down({ home, purge: false, reporter });
      const { child, reached } = startInProcess();
      await reached(moment);
      child.kill('SIGKILL');
      await down({ home, purge: false, reporter });
      expect(await remains()).toEqual([]);
    },
  );

  test('comes up after an `up` that was killed', async () => {
    const { child, reached } = startInProcess();
    await reached(/waiting for .*kube-apiserver/);
    child.kill('SIGKILL');
    await start();
    expect((await status({ home })).state).toBe('up');
  });

  test('is gone after down --purge', async () => {
    await down({ home, purge: true, reporter });
    expect(existsSync(home)).toBe(false);
    expect(await remains()).toEqual([]);
    await down({ home, purge: true, reporter });
  });
});
