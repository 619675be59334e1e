import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';
import type { Executions } from '../../../activities/support/executions.ts';
import type {
  AssembleComponentOutput,
  FinishedComponent,
  FinishedContainer,
  RenderedContainer,
} from '../../../workflows/contract/activities.ts';
import type {
  Application,
  BuiltContainer,
  Component,
  Container,
  ExistingContainer,
} from '../../../workflows/contract/application.ts';
import type { Attempt, PackageRef } from '../../../workflows/contract/build.ts';

export const commit = '1234567890abcdef1234567890abcdef12345678';
export const otherCommit = 'fedcba0987654321fedcba0987654321fedcba09';

export const builderImage = `registry.example.com:5000/tools/buildah@${digestOf('buildah')}`;

/** What the package activities know of the installation, at a fixed time. */
export const runner = {
  clock: { now: () => Date.parse('2026-11-22T10:05:00Z') },
  settings: { installation: 'test' },
};

export function digestOf(text: string | Buffer): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

export function builtContainer(
  name: string,
  changes: Partial<BuiltContainer> = {},
): BuiltContainer {
  return {
    kind: 'build',
    name,
    init: false,
    carried: {},
    pullSecret: null,
    source: { git: 'https://git.example.com/shop.git', ref: 'main' },
    context: '.',
    dockerfile: 'Dockerfile',
    template: 'none',
    templateArgs: {},
    unusedArguments: 'error',
    buildArgs: {},
    target: null,
    repository: `registry.example.com/shop/api-${name}`,
    tags: [],
    builder: null,
    builderFlags: [],
    reproducible: true,
    resources: {},
    timeouts: { queue: 600, build: 3600 },
    nodeSelector: {},
    tolerations: [],
    pushSecret: 'push',
    ...changes,
  };
}

export function existingContainer(name: string, image: string): ExistingContainer {
  return { kind: 'existing', name, init: false, carried: {}, pullSecret: null, image };
}

export function component(
  containers: readonly Container[],
  changes: Partial<Component> = {},
): Component {
  return { name: 'api', type: null, options: null, containers, ...changes };
}

/** What the build of the container gives, of content that depends on `seed`. */
export function finishedContainer(container: Container, seed = 'a'): FinishedContainer {
  const { name } = container;
  const digest = digestOf(`image ${name} ${seed}`);
  if (container.kind === 'existing') {
    const image = `${container.image}@${digest}`;
    const none = { commit: null, inputDigest: null, rendered: null, attempts: [] };
    return { name, image, digest, ...none };
  }
  return {
    name,
    image: `${container.repository}@${digest}`,
    digest,
    commit,
    inputDigest: digestOf(`inputs ${name} ${seed}`),
    rendered: rendered(name, seed),
    attempts: [
      attempt(name, 0, { outcome: 'failed', failureType: 'NodeLost', decision: 'retry' }),
      attempt(name, 1),
    ],
  };
}

function rendered(name: string, seed: string): RenderedContainer {
  const context = digestOf(`context ${seed}`);
  return {
    context: { object: `contexts/${context.slice(7)}.tar.gz`, digest: context, size: 1024 },
    dockerfile: { object: dockerfileObject(name), digest: digestOf(dockerfileOf(name)) },
    bases: [{ name: 'busybox:1.36', digest: digestOf('busybox') }],
    builder: { name: 'buildah', image: builderImage },
    inputDigest: digestOf(`inputs ${name} ${seed}`),
  };
}

function attempt(name: string, generation: number, changes: Partial<Attempt> = {}): Attempt {
  return {
    generation,
    pod: `${name}-${generation}`,
    outcome: 'succeeded',
    failureType: null,
    reason: 'evidence that quotes a log',
    decision: 'done',
    startedAt: `2026-11-22T10:0${generation}:00.000Z`,
    finishedAt: `2026-11-22T10:0${generation}:30.000Z`,
    ...changes,
  };
}

/** A component of which every container is there. */
export function finishedComponent(item: Component, seed?: string): FinishedComponent {
  return {
    component: item,
    containers: item.containers.map((container) => finishedContainer(container, seed)),
  };
}

/** A build that says this of what its packages are made of. */
export function buildThatSays({
  components = [],
  packages = [],
  definition,
}: {
  readonly components?: readonly FinishedComponent[];
  readonly packages?: readonly AssembleComponentOutput[];
  readonly definition?: Application;
}): Pick<Executions, 'definition' | 'finishedComponent' | 'packages'> {
  return {
    async definition() {
      if (definition === undefined) throw new Error('no definition');
      return definition;
    },
    async finishedComponent(_build, _run, name) {
      const found = components.find(({ component: { name: known } }) => known === name);
      if (found === undefined) throw new Error(`no component ${name}`);
      return found;
    },
    packages: async () => packages,
  };
}

/** The identity of the build that asks for packages. */
export const build = { buildId: 'shop/b1', runId: 'r1' };

/** What is returned of a published package. */
export function packageRef(object: string, content: Buffer): Required<PackageRef> {
  const sha256 = digestOf(content).slice(7);
  return {
    object,
    sha256,
    provenance: object.replace(/\.zip$/, `.${sha256.slice(0, 12)}.intoto.json`),
  };
}

export function dockerfileOf(name: string): string {
  return `FROM busybox@${digestOf('busybox')}\nRUN echo ${name}\n`;
}

export function dockerfileObject(name: string): string {
  return `dockerfiles/${digestOf(dockerfileOf(name)).slice('sha256:'.length)}`;
}

export interface OpenedEntry {
  readonly path: string;
  readonly text: string;
  readonly content: Buffer;
  readonly mode: number;
  readonly stored: boolean;
  readonly modified: string;
}

/** Opens a package with a reader that did not write it. */
export async function openArchive(archive: Buffer): Promise<readonly OpenedEntry[]> {
  const zip = await fromBufferPromise(archive);
  const entries: OpenedEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    const content = await buffer(await zip.openReadStreamPromise(entry));
    entries.push({
      path: entry.fileName,
      text: content.toString('utf8'),
      content,
      mode: entry.externalFileAttributes >>> 16,
      stored: entry.compressionMethod === 0,
      modified: entry.getLastModDate({ timezone: 'UTC' }).toISOString(),
    });
  }
  return entries;
}

export async function entryText(archive: Buffer, path: string): Promise<string> {
  const entry = (await openArchive(archive)).find((candidate) => candidate.path === path);
  if (entry === undefined) throw new Error(`no entry ${path}`);
  return entry.text;
}

/** Paths whose content is not what `SHA256SUMS` says, and those that it says nothing of. */
export async function wrongSums(archive: Buffer): Promise<readonly string[]> {
  const entries = await openArchive(archive);
  const sums = await entryText(archive, 'SHA256SUMS');
  const wanted = new Map(
    sums
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('  ') as [string, string])
      .map(([sum, path]) => [path, sum]),
  );
  const others = entries.filter(({ path }) => path !== 'SHA256SUMS');
  const actual = new Map(others.map(({ path, content }) => [path, digestOf(content).slice(7)]));
  return [...new Set([...wanted.keys(), ...actual.keys()])].filter(
    (path) => wanted.get(path) !== actual.get(path),
  );
}
