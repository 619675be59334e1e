import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyFromJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { workflowCode } from '../support/workflows/workers.ts';

const directory = fileURLToPath(new URL('histories/', import.meta.url));
const names = (await readdir(directory, { recursive: true }))
  .filter((name) => name.endsWith('.json'))
  .toSorted();
const histories = new Map<string, History>();
for (const name of names) {
  histories.set(name, historyFromJSON(JSON.parse(await readFile(directory + name, 'utf8'))));
}
/** null: replayed without one. */
const errors = new Map<string, Error | null | undefined>();

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const all = [...histories];
  const replayed = await replay(all.map(([, history]) => history));
  for (const [index, [name]] of all.entries()) errors.set(name, replayed[index]);
}, 60_000);

test.each(names)('%s replays without error', (name) => {
  expect(errors.get(name)).toBeNull();
});

test('every exported workflow has a history', () => {
  const recorded = [...histories.values()].map((history) => startOf(history)?.workflowType?.name);
  expect(Object.keys(workflows).filter((name) => !recorded.includes(name))).toEqual([]);
});

test('a history of other commands does not replay', async () => {
  const [name] = names.filter((candidate) => candidate.includes('success.api'));
  const history = structuredClone(histories.get(name ?? ''));
  for (const event of history?.events ?? []) {
    const activity = event.activityTaskScheduledEventAttributes?.activityType;
    if (activity?.name === 'renderDockerfile') activity.name = 'somethingElse';
  }
  const [error] = await replay([history ?? {}]);
  expect(error?.message).toMatch(/[Nn]ondeterminism/);
});

/** What each history's replay failed of, in their order; null where it did not. */
async function replay(recorded: readonly History[]): Promise<readonly (Error | null)[]> {
  const results: (Error | null)[] = [];
  const replays = Worker.runReplayHistories(
    { workflowBundle: await workflowCode() },
    // Children and their commands have the id of the workflow in theirs.
    recorded.map((history) => ({ history, workflowId: startOf(history)?.workflowId ?? '' })),
  );
  for await (const { error } of replays) results.push(error ?? null);
  return results;
}

type Event = NonNullable<History['events']>[number];

function startOf({ events }: History): Event['workflowExecutionStartedEventAttributes'] {
  return events?.[0]?.workflowExecutionStartedEventAttributes;
}
