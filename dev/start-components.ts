import { join } from 'node:path';

import { bootstrapCluster } from './cluster/bootstrap.ts';
import { apiServer, controllerManager, scheduler } from './components/control-plane.ts';
import { etcd } from './components/etcd.ts';
import { containerd, kubelet } from './components/node.ts';
import { writeKubeconfigs, writeNodeFiles } from './components/node-files.ts';
import { registry } from './components/registry.ts';
import type { Setting } from './components/setting.ts';
import { ensureBucket, expiryDays, store } from './components/store.ts';
import { temporal } from './components/temporal.ts';
import { readIfExists, writeFileAtomically } from './files.ts';
import type { Component } from './process/component.ts';
import { type Ensured, type Supervision, ensureComponent } from './process/start.ts';

export interface StartOptions {
  readonly setting: Setting;
  readonly supervision: Supervision;
  /** Pushes the images that Pods need to the registry, which runs by then. */
  readonly pushImages: () => Promise<void>;
  /** What `pushImages` would push; equal text means equal images. */
  readonly imagesKey: string;
  readonly note: (text: string) => void;
}

/** Names and outcomes, in the order in which they became ready. */
export type Started = readonly { readonly name: string; readonly outcome: Ensured }[];

/**
 * Has every component but the worker run and be ready, side by side where one doesn't need the
 * other.
 *
 * @throws Error of the first component that fails, when the others have come to an end, too
 */
export async function startComponents(options: StartOptions): Promise<Started> {
  const { setting, supervision, note } = options;
  const started: { name: string; outcome: Ensured }[] = [];
  const pending = new Set<string>();
  async function ensure(component: Component): Promise<Ensured> {
    pending.add(component.name);
    note(`waiting for ${[...pending].join(', ')}`);
    const outcome = await ensureComponent(supervision, component);
    pending.delete(component.name);
    started.push({ name: component.name, outcome });
    if (pending.size > 0) note(`waiting for ${[...pending].join(', ')}`);
    return outcome;
  }
  await writeKubeconfigs(setting);
  const files = await writeNodeFiles(setting);

  async function startStore(): Promise<void> {
    const outcome = await ensure(await store(setting));
    await unlessDone(setting, 'bucket', JSON.stringify(expiryDays), outcome, () =>
      ensureBucket(setting),
    );
  }
  async function startRegistry(): Promise<void> {
    const outcome = await ensure(await registry(setting));
    await unlessDone(setting, 'images', options.imagesKey, outcome, options.pushImages);
  }
  async function startCluster(): Promise<void> {
    await ensure(etcd(setting));
    const outcome = await ensure(apiServer(setting));
    await Promise.all([
      ensure(controllerManager(setting)),
      ensure(scheduler(setting)),
      startNode(),
      objects(outcome),
    ]);
  }
  async function objects(outcome: Ensured): Promise<void> {
    // The Secret's content changes with the registry's address.
    const key =
      setting.certificates.authority.certificate +
      setting.instance.subnet.gateway +
      setting.instance.ports.registry;
    await unlessDone(setting, 'objects', key, outcome, () => bootstrapCluster(setting));
  }
  async function startNode(): Promise<void> {
    await node;
    await ensure(kubelet(setting, files.kubelet));
  }

  const node = ensure(containerd(setting, files.containerd));
  await allOrFirstFailure([
    startStore(),
    startRegistry(),
    ensure(temporal(setting)),
    node,
    startCluster(),
  ]);
  return started;
}

/** Runs `work` when its component was started anew, or when it wasn't done for this key before. */
async function unlessDone(
  setting: Setting,
  name: string,
  key: string,
  outcome: Ensured,
  work: () => Promise<void>,
): Promise<void> {
  const stamp = join(setting.paths.config, 'done', name);
  if (outcome === 'kept' && (await readIfExists(stamp)) === key) return;
  await work();
  await writeFileAtomically(stamp, key);
}

/** Like Promise.all, but leaves nothing running behind a failure. */
async function allOrFirstFailure(work: readonly Promise<unknown>[]): Promise<void> {
  let first: { readonly reason: unknown } | undefined;
  await Promise.all(
    work.map((promise) =>
      promise.catch((reason: unknown) => {
        first ??= { reason };
      }),
    ),
  );
  if (first !== undefined) throw first.reason;
}
