import { join } from 'node:path';

import { registry } from './components/registry.ts';
import type { ServiceSetting } from './components/setting.ts';
import { ensureBucket, expiryDays, store } from './components/store.ts';
import { temporal } from './components/temporal.ts';
import { type WorkerCommand, worker } from './components/worker.ts';
import type { LocalEnvironment } from './environment.ts';
import { readIfExists, writeFileAtomically } from './files.ts';
import type { Component } from './process/component.ts';
import { type Ensured, type Supervision, ensureComponent } from './process/start.ts';
import type { Reporter } from './reporter.ts';
import type { Supplies } from './supplies.ts';
import type { MadeImage, ServiceTools } from './tools/tools.ts';

export interface ServiceOptions {
  readonly setting: ServiceSetting;
  /** Pushes the images that Pods need to the registry, which runs by then. */
  readonly pushImages: () => Promise<void>;
  /** What `pushImages` would push; equal text means equal images. */
  readonly imagesKey: string;
}

/** A component that was made to run, and whether it ran already. */
export interface StartedComponent {
  readonly name: string;
  readonly outcome: Ensured;
}

/** Makes one component run, see `ensureComponent`. */
export type Ensure = (component: Component) => Promise<Ensured>;

/** Has components run, notes which ones are waited for, and collects them as they become ready. */
export function startAndCollect(
  supervision: Supervision,
  note: (text: string) => void,
): { readonly ensure: Ensure; readonly started: readonly StartedComponent[] } {
  const started: StartedComponent[] = [];
  const pending = new Set<string>();
  const notePending = (): void => {
    if (pending.size > 0) note(`waiting for ${[...pending].join(', ')}`);
  };
  return {
    started,
    async ensure(component) {
      pending.add(component.name);
      notePending();
      const outcome = await ensureComponent(supervision, component);
      pending.delete(component.name);
      started.push({ name: component.name, outcome });
      notePending();
      return outcome;
    },
  };
}

export interface StartWithWorkerOptions {
  readonly supervision: Supervision;
  readonly environment: LocalEnvironment;
  readonly reporter: Reporter;
  readonly worker: WorkerCommand | undefined;
  /** Has everything but the worker run. */
  readonly start: (ensure: Ensure) => Promise<void>;
}

/** Starts everything and then the worker, as one step that says what it waits for. */
export function startWithWorker(options: StartWithWorkerOptions): Promise<void> {
  const { supervision, environment, reporter } = options;
  return reporter.step('Starting the local environment', async (note) => {
    const { ensure, started } = startAndCollect(supervision, note);
    await options.start(ensure);
    if (options.worker !== undefined) await ensure(worker(options.worker, environment));
    const again = started.filter(({ outcome }) => outcome === 'restarted').map(({ name }) => name);
    if (again.length > 0) reporter.info(`Started again: ${again.join(', ')}.`);
  });
}

/** How images come into an environment's registry. */
export function servedImages(options: {
  readonly supplies: Pick<Supplies, 'pushImages'>;
  readonly tools: ServiceTools;
  readonly images: readonly MadeImage[];
  readonly environment: LocalEnvironment;
  readonly reporter: Reporter;
}): Pick<ServiceOptions, 'pushImages' | 'imagesKey'> {
  const { supplies, tools, images, environment, reporter } = options;
  const { host, authFile } = environment.registry;
  return {
    pushImages: () =>
      supplies.pushImages({
        tools,
        images,
        registryHost: host,
        credentialsFile: authFile,
        caFile: environment.caBundle,
        reporter,
      }),
    imagesKey: [host, ...images.map((image) => `${image.name}@${image.digest}`)].join('\n'),
  };
}

/** Temporal, the store with its bucket and the registry with its images, side by side. */
export function startServices(
  options: ServiceOptions,
  ensure: Ensure,
): readonly Promise<unknown>[] {
  const { setting } = options;
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
  return [startStore(), startRegistry(), ensure(temporal(setting))];
}

/** Runs `work` when its component was started anew, or when it wasn't done for this key before. */
export async function unlessDone(
  setting: Pick<ServiceSetting, 'paths'>,
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
export async function allOrFirstFailure(work: readonly Promise<unknown>[]): Promise<void> {
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
