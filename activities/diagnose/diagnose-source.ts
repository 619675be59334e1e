import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import type {
  DiagnoseInput,
  DiagnoseOutput,
  DiagnosticCheck,
} from '../../workflows/contract/activities.ts';
import type { Source } from '../../workflows/contract/application.ts';
import type { Registry } from '../registry/registry.ts';
import { gitVersion } from '../source/git-command.ts';
import { isCommit } from '../source/git-refs.ts';
import type { SourceTrees } from '../source/source-trees.ts';
import { redact } from '../support/redact.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { Secrets } from '../support/secrets.ts';
import type { InstallationSettings } from '../support/settings.ts';
import { check, type Finding } from './checks.ts';

/** Below this much room for repositories and contexts a build may fail with `DiskFull`. */
const lowDiskBytes = 2 * 1024 ** 3;

export interface DiagnoseSourceDependencies {
  readonly store: Pick<ObjectStore, 'put' | 'get' | 'hasLifecycle'>;
  readonly registry: Pick<Registry, 'checkPush' | 'resolve'>;
  readonly trees: Pick<SourceTrees, 'resolve'>;
  readonly secrets: Pick<Secrets, 'requireBuildUse' | 'requireRegistryUse'>;
  readonly settings: Pick<
    InstallationSettings,
    'builderImages' | 'contextStep' | 'defaultBuilder' | 'gitPath' | 'workDirectory'
  >;
}

/**
 * Makes the activity that tries what a source worker needs: object store, builder images, git, its
 * disk, and the sources, repositories, images and Secrets of a definition. It throws nothing: what fails is a
 * failed check.
 */
export function createDiagnoseSource(
  dependencies: DiagnoseSourceDependencies,
): (input: DiagnoseInput) => Promise<DiagnoseOutput> {
  const { store, registry, trees, secrets, settings } = dependencies;
  return async ({ sources, repositories, buildSecrets, pullSecrets = [], images = [] }) => ({
    checks: await Promise.all<DiagnosticCheck>([
      check('object store: write and read', () => tryStore(store)),
      check('object store: lifecycle', () => tryLifecycle(store)),
      check('builder images', async () => describeBuilders(settings)),
      check('git', () => tryGit(settings.gitPath ?? [])),
      check('disk of the worker', () => tryDisk(settings.workDirectory)),
      ...sources.map((source) =>
        check(`source ${redact(source.git)} at ${source.ref}`, () => trySource(trees, source)),
      ),
      ...repositories.map(({ repository, pushSecret }) =>
        check(`registry: push to ${repository}`, async () => {
          await registry.checkPush(repository, pushSecret);
          return pushSecret === null
            ? 'allowed without a login'
            : `allowed with the login of Secret ${pushSecret}`;
        }),
      ),
      ...buildSecrets.map(({ secret, key }) =>
        check(`build Secret ${secret}, key ${key}`, async () => {
          await secrets.requireBuildUse(secret, key);
          return 'is there, for builds';
        }),
      ),
      ...pullSecrets.map((secret) =>
        check(`pull Secret ${secret}`, async () => {
          await secrets.requireRegistryUse(secret);
          return 'is there, for registries';
        }),
      ),
      ...images.map(({ image, pullSecret }) =>
        check(`image ${image}`, () => tryImage(registry, image, pullSecret)),
      ),
    ]),
  });
}

async function tryGit(path: readonly string[]): Promise<Finding> {
  const version = await gitVersion(path);
  if (version !== null) return `version ${version}`;
  return {
    status: 'failed',
    detail: 'there is none',
    remedy: 'Install git where the worker runs, or name its directory in SLIPWAY_GIT_PATH.',
  };
}

async function tryImage(
  registry: Pick<Registry, 'resolve'>,
  image: string,
  pullSecret: string | null,
): Promise<Finding> {
  const digest = await registry.resolve(image, pullSecret);
  if (digest !== null) return digest;
  return {
    status: 'failed',
    detail: 'the registry has no such image',
    remedy: 'Push it there, or correct the reference.',
  };
}

/** A commit is taken as it is, without a question: then the server is asked for its default branch. */
async function trySource(trees: Pick<SourceTrees, 'resolve'>, source: Source): Promise<Finding> {
  if (!isCommit(source.ref)) return `commit ${await trees.resolve(source)}`;
  await trees.resolve({ ...source, ref: 'HEAD' });
  return 'answers; whether it has the commit shows when it is fetched';
}

/** Below `uploads/`, which the bucket's lifecycle cleans. */
async function tryStore(store: Pick<ObjectStore, 'put' | 'get'>): Promise<Finding> {
  const key = `uploads/diagnosis-${randomUUID()}`;
  const body = Buffer.from(key);
  const started = performance.now();
  await store.put(key, body, 'text/plain');
  const read = await store.get(key);
  if (read === null) throw new Error(`${key} was written and is not there`);
  if (!read.equals(body)) throw new Error(`${key} came back with other content`);
  return `answers in ${Math.round(performance.now() - started)} ms`;
}

async function tryLifecycle(store: Pick<ObjectStore, 'hasLifecycle'>): Promise<Finding> {
  switch (await store.hasLifecycle()) {
    case true:
      return 'the bucket has one';
    case null:
      return 'not known: the store does not tell the worker';
    case false:
      return {
        status: 'warning',
        detail: 'the bucket has none: every context and every log stays for ever',
        remedy: 'Give it the rules of deploy/store-lifecycle.json (deploy/README.md says how).',
      };
  }
}

function describeBuilders({
  builderImages,
  contextStep,
  defaultBuilder,
}: DiagnoseSourceDependencies['settings']): Finding {
  const images = Object.entries(builderImages);
  const usable = images.flatMap(([name, image]) => (image === null ? [] : [`${name} ${image}`]));
  const missing = images.flatMap(([name, image]) => (image === null ? [name] : []));
  const detail = `default ${defaultBuilder}; ${usable.join(', ')}; first step ${contextStep.image}`;
  if (missing.length === 0) return detail;
  return {
    status: 'warning',
    detail: `${detail}; without an image: ${missing.join(', ')}`,
    remedy: `Set ${missing.map((name) => `SLIPWAY_${name.toUpperCase()}_IMAGE`).join(', ')} of the worker if definitions use it.`,
  };
}

async function tryDisk(directory: string): Promise<Finding> {
  await mkdir(directory, { recursive: true });
  await access(directory, constants.W_OK);
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return free >= lowDiskBytes
    ? detail
    : { status: 'warning', detail, remedy: `Give the worker’s ${directory} more room.` };
}
