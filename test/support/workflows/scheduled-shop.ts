import { randomBytes } from 'node:crypto';
import type { ScheduleDescription } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject, onTestFinished, vi } from 'vitest';
import type { SlipwayClient } from '../../../client/connect.ts';
import { findSchedules } from '../../../client/schedule-calls.ts';
import { getSchedule, type ScheduleView } from '../../../client/schedule-list.ts';
import { scheduleId, type ScheduleRef } from '../../../client/schedule-options.ts';
import { applySchedules, type ScheduleChange } from '../../../client/schedules.ts';
import type { LocalEnvironment } from '../../../dev/environment.ts';
import type { BuildSchedule } from '../../../workflows/contract/application.ts';
import { applicationAttribute } from '../../../workflows/contract/search-attributes.ts';
import { connectTemporal } from '../temporal.ts';
import { applicationOf } from './applications.ts';
import { standInActivities, type Script, type StandIn } from './stand-in-activities.ts';
import { startWorkers, workflowCode } from './workers.ts';

/** An application of its own for one test; its schedules and workers are gone after it. */
export interface ScheduledShop {
  readonly name: string;
  readonly client: SlipwayClient;
  readonly ref: (schedule: string) => ScheduleRef;
  readonly apply: (...schedules: readonly BuildSchedule[]) => Promise<readonly ScheduleChange[]>;
  readonly get: (schedule: string) => Promise<ScheduleView>;
  /** Id and status of every build, sorted. */
  readonly builds: () => Promise<readonly string[]>;
  /** Until the schedule has started so many builds, and none runs. */
  readonly settled: (schedule: string, builds: number) => Promise<void>;
  /** Without them, builds start and wait. */
  readonly startWorkers: (script?: Script) => Promise<StandIn>;
}

/** Makes shops on the run's Temporal. Call at the top of a test file. */
export function useScheduledShops(): () => ScheduledShop {
  let temporal: TestWorkflowEnvironment;
  let bundle: Awaited<ReturnType<typeof workflowCode>>;
  beforeAll(async () => {
    // Absent where the tests run without the local environment.
    const environment = inject('environment') as LocalEnvironment | undefined;
    [temporal, bundle] = await Promise.all([
      connectTemporal(environment?.temporal),
      workflowCode(inject('workflowBundle') as string | undefined),
    ]);
  }, 60_000);
  afterAll(() => temporal.teardown());

  return () => {
    const name = `shop-${randomBytes(4).toString('hex')}`;
    const client = {
      temporal: temporal.client,
      address: temporal.address,
      namespace: temporal.client.options.namespace,
      taskQueue: `test-${name}`,
      close: async () => undefined,
    };
    const ref = (schedule: string): ScheduleRef => ({ application: name, name: schedule });
    const apply = (...schedules: readonly BuildSchedule[]) =>
      applySchedules(client, applicationOf({ api: ['server'] }, { name, schedules }));
    const describe = (schedule: string): Promise<ScheduleDescription> =>
      temporal.client.schedule.getHandle(scheduleId(ref(schedule))).describe();
    onTestFinished(async () => {
      // What was created a moment ago is not listed yet.
      await vi.waitFor(async () => {
        await apply();
        expect(await findSchedules(client, name)).toEqual([]);
      }, 10_000);
    });
    return {
      name,
      client,
      ref,
      apply,
      get: (schedule) => getSchedule(client, ref(schedule)),
      async builds() {
        const query = `${applicationAttribute.name} = '${name}' AND WorkflowType = 'buildApplication'`;
        const found: string[] = [];
        for await (const { workflowId, status } of temporal.client.workflow.list({ query })) {
          found.push(`${workflowId} ${status.name}`);
        }
        return found.toSorted();
      },
      settled: (schedule, builds) =>
        vi.waitFor(
          async () => {
            const { info } = await describe(schedule);
            expect(info.numActionsTaken).toBe(builds);
            expect(info.runningActions).toEqual([]);
          },
          { timeout: 120_000, interval: 200 },
        ),
      async startWorkers(script) {
        const standIn = standInActivities(script);
        const workers = await startWorkers(temporal, bundle, client.taskQueue, standIn.activities);
        onTestFinished(() => workers.stop());
        return standIn;
      },
    };
  };
}
