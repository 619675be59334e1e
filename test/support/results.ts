import type { BuildSnapshot } from '../../client/get.ts';
import type {
  Attempt,
  BuildResult,
  ComponentResult,
  ContainerFailure,
  ContainerResult,
} from '../../workflows/contract/build.ts';
import type { FailureType } from '../../workflows/contract/failures.ts';

/** Results as builds report them, for tests of what is made of them. */

export const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

export function containerResult(changes: Partial<ContainerResult> = {}): ContainerResult {
  return {
    name: 'server',
    init: false,
    status: 'queued',
    image: null,
    digest: null,
    tags: [],
    inputDigest: null,
    attempts: [],
    failure: null,
    ...changes,
  };
}

export function builtResult(name: string, changes: Partial<ContainerResult> = {}): ContainerResult {
  const image = `registry.test/shop/api-${name}@${digest}`;
  return containerResult({ name, status: 'built', image, digest, ...changes });
}

export function componentResult(
  containers: readonly ContainerResult[],
  changes: Partial<ComponentResult> = {},
): ComponentResult {
  return { name: 'api', status: 'running', package: null, containers, ...changes };
}

export function buildResult(
  components: readonly ComponentResult[],
  changes: Partial<BuildResult> = {},
): BuildResult {
  return {
    buildId: 'shop/k1',
    application: 'shop',
    version: null,
    status: 'running',
    components,
    package: null,
    ...changes,
  };
}

/** A running build of one component `api`. */
export function snapshotOf(
  containers: readonly ContainerResult[],
  changes: Partial<BuildSnapshot> = {},
): BuildSnapshot {
  const result = buildResult([componentResult(containers)]);
  return { result, closed: false, running: new Map(), warnings: [], failure: null, ...changes };
}

export function attemptOf(changes: Partial<Attempt> = {}): Attempt {
  return {
    generation: 0,
    pod: 'bld-server-0',
    outcome: 'failed',
    failureType: 'NodeLost',
    reason: 'the node went away',
    decision: 'retry',
    startedAt: '2026-11-22T10:00:00.000Z',
    finishedAt: '2026-11-22T10:00:07.000Z',
    ...changes,
  };
}

export function failureResult(
  type: FailureType,
  changes: Partial<ContainerFailure> = {},
): ContainerFailure {
  return { type, message: 'what failed', hint: 'Do something.', log: null, ...changes };
}
