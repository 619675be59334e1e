import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { connect, type SlipwayClient } from '../../../client/connect.ts';
import { getBuild } from '../../../client/get.ts';
import { submitBuild, type SubmitOptions } from '../../../client/submit.ts';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';
import type { BuildResult, ContainerResult } from '../../../workflows/contract/build.ts';
import { createRepository, type TestRepository } from '../git-repository.ts';
import { application, type DefinitionOptions } from './definitions.ts';
import { startPodRecorder, type PodRecorder } from './pod-recorder.ts';
import { kubeConfigOf } from './run-guard.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

type BuildDefinition = Omit<DefinitionOptions, 'registry'>;

/** The product under test: an installation of its own on the run's environment. */
export interface Installation extends AsyncDisposable {
  readonly environment: LocalEnvironment;
  /** `<host>/<installation>`: images of other installations are none of this one's. */
  readonly registry: string;
  /** For a worker and for commands. */
  readonly settings: Readonly<Record<string, string>>;
  readonly client: SlipwayClient;
  readonly pods: PodRecorder;
  /** An override that is undefined leaves the setting out. */
  readonly startWorker: (
    overrides?: Readonly<Record<string, string | undefined>>,
  ) => Promise<WorkerProcess>;
  /** An empty git repository that the workers may read. */
  readonly repository: () => Promise<TestRepository>;
  readonly submit: (definition: BuildDefinition, options?: SubmitOptions) => Promise<string>;
  /** The build's result, whatever it is. */
  readonly ended: (buildId: string) => Promise<BuildResult>;
  readonly build: (definition: BuildDefinition, options?: SubmitOptions) => Promise<BuildResult>;
}

/** @param prefix of its name, and so of its task queue, directory and image repositories */
export async function createInstallation(
  environment: LocalEnvironment,
  prefix: string,
): Promise<Installation> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`;
  const registry = `${environment.registry.host}/${name}`;
  const directory = join(instancePaths(environment.home).work, 'tests', name);
  await mkdir(directory, { recursive: true });
  const settings = {
    ...environment.settings,
    SLIPWAY_INSTALLATION: name,
    SLIPWAY_TASK_QUEUE: name,
    SLIPWAY_WORK_DIRECTORY: join(directory, 'work'),
    SLIPWAY_BUILDER: 'buildah',
    // Known not to be there at once; its real registry would be waited for.
    SLIPWAY_KANIKO_IMAGE: `${environment.registry.host}/slipway/kaniko:none`,
  };
  const client = await connect({ environment: settings });
  const pods = await startPodRecorder({
    kubeConfig: kubeConfigOf(environment),
    namespace: environment.kubernetes.namespace,
    installation: name,
  });
  const workers: WorkerProcess[] = [];
  let repositories = 0;
  const submit = (definition: BuildDefinition, options?: SubmitOptions): Promise<string> =>
    submitBuild(client, application(environment, { registry, ...definition }), options);
  const ended = async (buildId: string): Promise<BuildResult> => {
    // How it ended is part of the result.
    await client.temporal.workflow
      .getHandle(buildId)
      .result()
      .catch(() => undefined);
    return (await getBuild(client, buildId)).result;
  };
  return {
    environment,
    registry,
    settings,
    client,
    pods,
    async startWorker(overrides = {}) {
      const worker = await startWorkerProcess({
        environment,
        settings: { ...settings, SLIPWAY_WORKFLOW_BUNDLE: inject('workflowBundle'), ...overrides },
        name: `${name}-${workers.length}`,
      });
      workers.push(worker);
      return worker;
    },
    async repository() {
      repositories += 1;
      const parent = join(directory, `repository-${repositories}`);
      await mkdir(parent);
      return createRepository(parent);
    },
    submit,
    ended,
    build: async (definition, options) => ended(await submit(definition, options)),
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop()));
      // Nobody would run what it starts.
      await client.temporal.schedule
        .getHandle(`slipway-sweep-${name}`)
        .delete()
        .catch(() => undefined);
      await client.close();
      expect(await pods.stop()).toEqual([]);
    },
  };
}

/** An installation with one worker for all tests of a file. Call at the top of the file. */
export function useInstallation(
  name: string,
  overrides: Readonly<Record<string, string>> = {},
): () => Installation {
  let installation: Installation | null = null;
  beforeAll(async () => {
    installation = await createInstallation(inject('environment'), name);
    await installation.startWorker(overrides);
  });
  afterAll(() => installation?.[Symbol.asyncDispose]());
  return () => {
    if (installation === null) throw new TypeError('the installation is made before the tests');
    return installation;
  };
}

/** The result of one container, by `<component>/<container>`. */
export function containerOf({ components }: BuildResult, path: string): ContainerResult {
  const found = components
    .flatMap(({ name, containers }) =>
      containers.map((container) => ({ path: `${name}/${container.name}`, container })),
    )
    .find((candidate) => candidate.path === path);
  if (found === undefined) throw new TypeError(`the result has no container ${path}`);
  return found.container;
}
