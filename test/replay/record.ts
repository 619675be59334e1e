/**
 * Records the histories that `replay.test.ts` replays, from builds with stand-in activities:
 *
 *     node test/replay/record.ts
 *
 * It replaces the files of `histories/` itself. Directories in it stay: move a version's histories
 * into one, named after the version, when it is released.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Application } from '../../workflows/contract/application.ts';
import { buildId, freshBuildKey } from '../../workflows/contract/ids.ts';
import { connectTemporal } from '../support/temporal.ts';
import { applicationOf, existingContainer } from '../support/workflows/applications.ts';
import { endOf, startBuild } from '../support/workflows/builds.ts';
import { eventsOf } from '../support/workflows/histories.ts';
import { hold } from '../support/workflows/hold.ts';
import {
  digestOf,
  podsFailing,
  standInActivities,
  type StandIn,
} from '../support/workflows/stand-in-activities.ts';
import { bundleWorkflows, startWorkers } from '../support/workflows/workers.ts';

const directory = fileURLToPath(new URL('histories/', import.meta.url));

interface Recording {
  readonly application: Application;
  readonly standIn: StandIn;
  /** What happens to the build while it runs. */
  readonly meanwhile?: (handle: WorkflowHandle) => Promise<void>;
}

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

await mkdir(directory, { recursive: true });
for (const entry of await readdir(directory, { withFileTypes: true })) {
  if (entry.isFile()) await rm(join(directory, entry.name));
}
const temporal = await connectTemporal();
try {
  const bundle = await bundleWorkflows();
  for (const [name, recording] of Object.entries(recordings())) {
    await record(temporal, bundle, name, recording);
  }
} finally {
  await temporal.teardown();
}
process.stdout.write(`${(await readdir(directory)).join('\n')}\n`);

async function record(
  environment: TestWorkflowEnvironment,
  bundle: WorkflowBundleWithSourceMap,
  name: string,
  { application, standIn, meanwhile }: Recording,
): Promise<void> {
  const key = freshBuildKey(new Date(), Math.random);
  const taskQueue = `record-${key}`;
  await using _workers = await startWorkers(environment, bundle, taskQueue, standIn.activities);
  const { client } = environment;
  const id = buildId(application.name, key);
  const handle = await startBuild(client, taskQueue, id, application);
  await meanwhile?.(handle);
  await endOf(handle);

  for (const workflowId of [id, ...(await childrenOf(handle))]) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    const subject = workflowId.slice(id.length + 1).replaceAll('/', '-') || 'application';
    await writeFile(join(directory, `${name}.${subject}.json`), scrubbed(historyToJSON(history)));
  }
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
