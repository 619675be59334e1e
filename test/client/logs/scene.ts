import { setTimeout as delay } from 'node:timers/promises';
import { vi } from 'vitest';
import { logKey, logPartKey } from '../../../activities/build-pod/log-store.ts';
import type { BuildSummary } from '../../../workflows/contract/messages.ts';
import type { ContainerResult } from '../../../workflows/contract/build.ts';
import { openObjectServer, type ObjectServer } from '../../support/object-server.ts';
import { attemptOf, componentResult, containerResult } from '../../support/results.ts';
import { standInClient, type ScriptedWorkflow, type StandInClient } from '../stand-in.ts';

/**
 * The build `shop/k1` with the component `api`, its logs in a store, and time that passes when the
 * reader waits. The test file mocks `node:timers/promises`.
 */
export interface Scene extends AsyncDisposable {
  readonly client: StandInClient;
  readonly server: ObjectServer;
  /** A container that runs this attempt, after others that have ended. */
  runs(container: string, generation: number): void;
  /** A container whose attempt has ended, and that has not ended itself. */
  proves(container: string, generation: number): void;
  ended(container: string, attempts: number, status?: ContainerResult['status']): void;
  closes(): void;
  writes(container: string, generation: number, part: number, text: string): void;
  /** The whole log, as it is written when an attempt has ended. */
  joins(container: string, generation: number, text: string): void;
  /** What happens while the reader waits for the n-th time; then `closes`, if nothing did. */
  later(...steps: readonly (() => void)[]): void;
  /** Questions for URLs so far. */
  grants(): number;
}

/** Pauses of the reader between two looks are this short; those of others are longer. */
const readerPause = 400;

export async function openScene(
  containers: readonly string[] = ['server'],
  answer: () => void | Promise<void> = () => undefined,
): Promise<Scene> {
  const server = await openObjectServer();
  const states = new Map(containers.map((name) => [name, containerResult({ name })]));
  const live = new Map<string, number>();
  const before = new Map<string, number>();
  const steps: (() => void)[] = [];
  const closed = Promise.withResolvers<void>();
  let isClosed = false;
  const close = (): void => {
    isClosed = true;
    closed.resolve();
  };
  vi.mocked(delay).mockImplementation(async (time, value) => {
    if (time === readerPause) (steps.shift() ?? close)();
    await new Promise(setImmediate);
    return value as never;
  });

  const identity = (container: string, generation: number) => ({
    buildId: 'shop/k1',
    component: 'api',
    container,
    generation,
  });
  const stateOf = (name: string): ContainerResult => states.get(name) ?? containerResult({ name });
  const attempts = (count: number) =>
    Array.from({ length: count }, (_, generation) => attemptOf({ generation }));
  const summary: BuildSummary = {
    buildId: 'shop/k1',
    application: 'shop',
    version: null,
    status: 'running',
    components: ['api'],
    package: null,
    warnings: [],
  };
  const build: ScriptedWorkflow = {
    status: () => (isClosed ? 'COMPLETED' : 'RUNNING'),
    summary: async () => {
      await answer();
      return summary;
    },
    component: () => componentResult([...states.values()]),
    result: () => closed.promise,
  };
  const childOf = (name: string): [string, ScriptedWorkflow] => [
    `shop/k1/api/${name}`,
    {
      status: () => 'RUNNING',
      progress: () => {
        const generation = live.get(name) ?? 0;
        return {
          phase: 'pod',
          generation,
          pod: live.has(name) ? `bld-${name}-${generation}` : null,
          result: { ...stateOf(name), attempts: attempts(before.get(name) ?? 0) },
        };
      },
    },
  ];
  const client = standInClient(
    { 'shop/k1': build, ...Object.fromEntries(containers.map(childOf)) },
    { presign: server.presignReads },
  );
  return {
    client,
    server,
    runs(name, generation) {
      live.set(name, generation);
      before.set(name, generation);
      states.set(name, containerResult({ name, status: 'running' }));
    },
    proves(name, generation) {
      live.delete(name);
      before.set(name, generation + 1);
      states.set(name, containerResult({ name, status: 'running' }));
    },
    ended(name, count, status = 'built') {
      live.delete(name);
      states.set(name, containerResult({ name, status, attempts: attempts(count) }));
    },
    closes: close,
    writes(name, generation, part, text) {
      server.objects.set(logPartKey(identity(name, generation), part), text);
    },
    joins(name, generation, text) {
      server.objects.set(logKey(identity(name, generation)), text);
    },
    later: (...more) => void steps.push(...more),
    grants: () => client.calls.filter((call) => call.startsWith('readObjects')).length,
    async [Symbol.asyncDispose]() {
      close();
      vi.mocked(delay).mockReset();
      await server[Symbol.asyncDispose]();
    },
  };
}
