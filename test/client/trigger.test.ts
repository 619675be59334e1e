import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SlipwayClient } from '../../client/connect.ts';
import { triggerSchedule } from '../../client/schedules.ts';
import { startNow } from '../../client/trigger.ts';

const ref = { application: 'shop', name: 'nightly' };

// Time passes when it is waited for.
vi.mock('node:timers/promises', { spy: true });
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.mocked(delay).mockImplementation(async (time = 0, value) => {
    vi.setSystemTime(Date.now() + time);
    return value as never;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.mocked(delay).mockReset();
});

/** A schedule whose builds are these; `after` is what a trigger changes, when it was looked at so often. */
function schedule(after: {
  readonly looks: number;
  readonly started?: string;
  readonly skipped?: number;
}) {
  const policies: unknown[] = [];
  let looks = 0;
  const handle = {
    describe: async () => {
      const isDone = policies.length > 0 && (looks += 1) > after.looks;
      const ran = [
        'shop/nightly-1',
        ...(isDone && after.started !== undefined ? [after.started] : []),
      ];
      return {
        policies: { overlap: 'BUFFER_ONE' },
        info: {
          recentActions: ran.map((id) => ({
            action: { workflow: { workflowId: id, firstExecutionRunId: `run of ${id}` } },
          })),
          numActionsSkippedOverlap: 7 + (isDone ? (after.skipped ?? 0) : 0),
        },
      };
    },
    trigger: async (overlap: unknown) => void policies.push(overlap),
  };
  const temporal = { schedule: { getHandle: () => handle } };
  const client = { temporal } as unknown as SlipwayClient;
  return { client, policies };
}

describe('what became of a trigger', () => {
  test('is the build that it started', async () => {
    const { client, policies } = schedule({ looks: 3, started: 'shop/nightly-2' });
    expect(await startNow(client, ref, 'allow')).toEqual({
      kind: 'started',
      buildId: 'shop/nightly-2',
    });
    expect(policies).toEqual(['ALLOW_ALL']);
  });

  test('is nothing, where another build runs', async () => {
    const { client, policies } = schedule({ looks: 1, skipped: 1 });
    expect(await startNow(client, ref)).toEqual({ kind: 'skipped' });
    expect(policies).toEqual(['BUFFER_ONE']);
  });

  test('is not known after a while: it may wait for the build that runs', async () => {
    const { client } = schedule({ looks: Infinity });
    const asked = Date.now();
    expect(await startNow(client, ref)).toEqual({ kind: 'unknown' });
    expect(Date.now() - asked).toBeGreaterThanOrEqual(5_000);
  });
});

test.each([
  [{ looks: 0, started: 'shop/nightly-2' }, 'shop/nightly-2'],
  [{ looks: 0, skipped: 1 }, null],
  [{ looks: Infinity }, null],
] as const)('services learn of the build alone: %o is %j', async (after, id) => {
  expect(await triggerSchedule(schedule(after).client, ref)).toBe(id);
});
