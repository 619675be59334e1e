import type { RecordBuildInput, RecordBuildOutput } from '../../workflows/contract/activities.ts';
import { resultObject } from '../../workflows/contract/objects.ts';
import type { RecordedBuild } from '../../workflows/contract/record.ts';
import type { Clock } from '../build-pod/clock.ts';
import type { Executions } from '../support/executions.ts';
import type { ObjectStore } from '../support/object-store.ts';

interface RecordBuildDependencies {
  readonly executions: Pick<Executions, 'build'>;
  readonly store: Pick<ObjectStore, 'put'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The activity that keeps what a build came to, for the time when its history is gone. It asks the
 * build itself, which has set its final status before and waits for this. Run again, it writes the
 * same object anew.
 *
 * It throws `StorageUnavailable`, and Temporal's own errors while nobody answers for the build.
 */
export function createRecordBuild({
  executions,
  store,
  clock,
}: RecordBuildDependencies): (input: RecordBuildInput) => Promise<RecordBuildOutput> {
  return async function recordBuild({ buildId, runId }) {
    const answers = await executions.build(buildId, runId);
    const record: RecordedBuild = {
      schemaVersion: 1,
      ...answers,
      finishedAt: new Date(clock.now()).toISOString(),
    };
    const object = resultObject(buildId);
    await store.put(object, Buffer.from(`${JSON.stringify(record)}\n`), 'application/json');
    return { object };
  };
}
