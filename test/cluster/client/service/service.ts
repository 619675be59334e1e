// A service of someone else's: it knows the package `slipway` alone, and is type-checked against
// what the package ships.
import { readFile } from 'node:fs/promises';
import {
  cancelBuild,
  connect,
  formatProblems,
  getBuild,
  InvalidBuildId,
  listBuilds,
  parseDefinition,
  planBuild,
  readLogs,
  submitBuild,
  submitOrFindBuild,
  watchBuild,
  type Application,
  type BuildResult,
  type BuildSnapshot,
  type ContainerStatus,
  type ListedBuild,
  type SlipwayClient,
} from 'slipway';

const [, , file = '', address = '', namespace = '', taskQueue = ''] = process.argv;

const client = await connect({ address, namespace, taskQueue });
try {
  process.stdout.write(`${JSON.stringify(await deliver(client, await definition()))}\n`);
} finally {
  await client.close();
}

async function definition(): Promise<Application> {
  const parsed = parseDefinition(await readFile(file, 'utf8'), { file });
  if (parsed.ok) return parsed.application;
  throw new Error(formatProblems(parsed.problems));
}

async function deliver(slipway: SlipwayClient, application: Application) {
  const plan = await planBuild(slipway, application);
  const buildId = await submitBuild(slipway, application, { key: 'from-a-service' });
  const again = await submitOrFindBuild(slipway, application, { key: 'from-a-service' });

  const log = collect(slipway, buildId);
  const seen = new Set<ContainerStatus>();
  let last: BuildSnapshot | null = null;
  for await (const snapshot of watchBuild(slipway, buildId, { interval: 200 })) {
    for (const { containers } of snapshot.result.components)
      for (const { status } of containers) seen.add(status);
    last = snapshot;
  }
  const { result }: { readonly result: BuildResult } = await getBuild(slipway, buildId);
  // An ended build is left as it is.
  await cancelBuild(slipway, buildId).catch(() => undefined);

  return {
    buildId,
    isOneBuild: again.found?.buildId === buildId,
    verdicts: plan.containers.map((container) => container.result.why?.verdict ?? null),
    watched: last?.result.status ?? null,
    sawRunning: seen.has('running'),
    result,
    log: await log,
    listed: (await list(slipway, application.name)).length > 0,
    refused: await submitBuild(slipway, application, { key: 'No Key' }).catch(
      (error: unknown) => error instanceof InvalidBuildId,
    ),
  };
}

async function collect(slipway: SlipwayClient, buildId: string): Promise<string> {
  let text = '';
  for await (const chunk of readLogs(slipway, buildId, { follow: true, component: 'api' }))
    text += chunk.text;
  return text;
}

async function list(slipway: SlipwayClient, application: string): Promise<readonly ListedBuild[]> {
  const builds: ListedBuild[] = [];
  const until = Date.now() + 20_000;
  // What Temporal finds is behind what happens.
  while (builds.length === 0 && Date.now() < until)
    for await (const build of listBuilds(slipway, { application, limit: 5 })) builds.push(build);
  return builds;
}
