/**
 * Records the histories that `replay.test.ts` replays, from builds with stand-in activities:
 *
 *     node test/replay/record.ts
 *
 * They go into the directory of the version in package.json, which it replaces. Those of released
 * versions stay as they are: raise the version before recording anew.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowCode } from '../../worker/bundle.ts';
import type { Application } from '../../workflows/contract/application.ts';
import { buildId, freshBuildKey } from '../../workflows/contract/ids.ts';
import {
  diagnoseType,
  readObjectsType,
  sweepOrphansType,
  type BuildApplicationInput,
} from '../../workflows/contract/messages.ts';
import { connectTemporal } from '../support/temporal.ts';
import {
  applicationOf,
  builtContainer,
  existingContainer,
} from '../support/workflows/applications.ts';
import { endOf, startBuild } from '../support/workflows/builds.ts';
import { eventsOf } from '../support/workflows/histories.ts';
import { hold } from '../support/workflows/hold.ts';
import {
  digestOf,
  podsFailing,
  standInActivities,
  type StandIn,
} from '../support/workflows/stand-in-activities.ts';
import { startWorkers, workflowCode } from '../support/workflows/workers.ts';

const manifest: unknown = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
);
const { version } = manifest as { readonly version: string };
const directory = fileURLToPath(new URL(`histories/v${version}/`, import.meta.url));

interface Recording {
  readonly application: Application;
  readonly standIn: StandIn;
  readonly more?: Partial<BuildApplicationInput>;
  /** What happens to the build while it runs. */
  readonly meanwhile?: (handle: WorkflowHandle) => Promise<void>;
}

const definition = {
  source: { git: 'https://git.test/shop.git', ref: 'main' },
  path: 'slipway.yaml',
};

/** Workflows of one activity, with their input. */
const short: Readonly<Record<string, readonly unknown[]>> = {
  [sweepOrphansType]: [],
  [readObjectsType]: [{ publicKey: '', reads: [{ kind: 'object', key: 'results/x.json' }] }],
  [diagnoseType]: [{ sources: [], repositories: [] }],
};

function recordings(): Readonly<Record<string, Recording>> {
  const running = hold();
  return {
    success: {
      application: applicationOf(
        { api: ['migrate', 'server'], web: ['site', existingContainer('proxy')] },
        { maxParallel: 2 },
      ),
      standIn: standInActivities(),
    },
    'failure-with-retry': {
      application: applicationOf({ api: ['server', 'worker'] }),
      standIn: standInActivities(
        podsFailing({ 'api/server': ['NodeLost', 'DiskFull', 'BuildCommandFailed'] }),
      ),
    },
    'more-memory': {
      application: applicationOf({
        api: [builtContainer('api', 'server', { resources: { memory: '512Mi' } })],
      }),
      standIn: standInActivities(podsFailing({ 'api/server': ['OutOfMemory'] })),
    },
    'context-gone': {
      application: applicationOf({ api: ['server'] }),
      standIn: standInActivities(podsFailing({ 'api/server': ['ContextExpired'] })),
    },
    plan: {
      application: applicationOf({ api: ['server'], web: [existingContainer('proxy')] }),
      standIn: standInActivities(),
      more: { mode: 'plan' },
    },
    scheduled: {
      application: applicationOf({ api: ['server'] }, { definition }),
      standIn: standInActivities({
        readDefinition: async () => ({
          application: applicationOf({ web: ['site'] }, { definition }),
          commit: digestOf('main').slice(7, 47),
        }),
      }),
      more: { trigger: { kind: 'schedule', schedule: 'nightly' } },
    },
    cancelled: {
      application: applicationOf({ api: ['server', 'worker'] }, { maxParallel: 1 }),
      standIn: standInActivities({
        awaitBuildPod: async (input, usual) => {
          await running.wait();
          return usual(input);
        },
      }),
      meanwhile: async (handle) => {
        await running.reached();
        await handle.cancel();
      },
    },
    unchanged: {
      application: applicationOf({ api: ['server'] }, { version: null }),
      standIn: standInActivities({
        renderDockerfile: async (input, usual) => ({
          ...(await usual(input)),
          unchanged: digestOf('earlier'),
        }),
      }),
    },
  };
}

await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
const temporal = await connectTemporal();
try {
  const bundle = await workflowCode();
  for (const [name, recording] of Object.entries(recordings())) {
    await record(temporal, bundle, name, recording);
  }
  for (const [type, input] of Object.entries(short)) {
    await recordShort(temporal, bundle, type, input);
  }
} finally {
  await temporal.teardown();
}
process.stdout.write(`${(await readdir(directory)).join('\n')}\n`);

async function record(
  environment: TestWorkflowEnvironment,
  bundle: WorkflowCode,
  name: string,
  { application, standIn, more, meanwhile }: Recording,
): Promise<void> {
  const key = freshBuildKey(new Date(), Math.random);
  const taskQueue = `record-${key}`;
  await using _workers = await startWorkers(environment, bundle, taskQueue, standIn.activities);
  const { client } = environment;
  const id = buildId(application.name, key);
  const handle = await startBuild(client, taskQueue, id, application, 'none', more);
  await meanwhile?.(handle);
  await endOf(handle);

  for (const workflowId of [id, ...(await childrenOf(handle))]) {
    const subject = workflowId.slice(id.length + 1).replaceAll('/', '-') || 'application';
    await write(`${name}.${subject}`, client.workflow.getHandle(workflowId));
  }
}

async function recordShort(
  environment: TestWorkflowEnvironment,
  bundle: WorkflowCode,
  type: string,
  args: readonly unknown[],
): Promise<void> {
  const taskQueue = `record-${type}`;
  const { activities } = standInActivities();
  await using _workers = await startWorkers(environment, bundle, taskQueue, activities);
  const handle = await environment.client.workflow.start<(...input: unknown[]) => Promise<unknown>>(
    type,
    { taskQueue, workflowId: taskQueue, args: [...args] },
  );
  await handle.result();
  await write(type, handle);
}

async function write(name: string, handle: WorkflowHandle): Promise<void> {
  const history = historyToJSON(await handle.fetchHistory());
  await writeFile(join(directory, `${name}.json`), scrubbed(history));
}

async function childrenOf(handle: WorkflowHandle): Promise<readonly string[]> {
  return (await eventsOf(handle)).flatMap((event) => {
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution?.workflowId;
    return typeof child === 'string' ? [child] : [];
  });
}

// Replay compares neither; both would say which machine this was recorded on.
function scrubbed(json: string): string {
  const machine = new Set(['stackTrace', 'identity']);
  const history: unknown = JSON.parse(json, (key, value: unknown) =>
    machine.has(key) ? 'recorder' : value,
  );
  return `${JSON.stringify(history, null, 1)}\n`;
}
