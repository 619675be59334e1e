import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attempt, ContainerResult } from '../../../workflows/contract/build.ts';
import {
  renderBuildDetails,
  renderContainerDetails,
  type ContainerState,
} from '../../../workflows/internal/progress.ts';

const queued: ContainerResult = {
  name: 'server',
  init: false,
  status: 'queued',
  image: null,
  digest: null,
  tags: [],
  inputDigest: null,
  attempts: [],
  failure: null,
};
const attempt: Attempt = {
  generation: 0,
  pod: 'server-0',
  outcome: 'succeeded',
  failureType: null,
  reason: null,
  decision: 'done',
  startedAt: '2026-11-22T10:00:00.000Z',
  finishedAt: '2026-11-22T10:00:07.000Z',
};
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const failed = {
  type: 'BuildCommandFailed',
  message: 'exit 1',
  hint: 'See the log.',
  log: null,
} as const;

function state(result: Partial<ContainerResult>, seconds: number | null = null): ContainerState {
  return {
    component: 'api',
    result: { ...queued, ...result },
    startedAt: seconds === null ? null : 0,
    finishedAt: seconds === null ? null : seconds * 1000,
  };
}

describe('a build', () => {
  const rows: readonly (readonly [ContainerState, string])[] = [
    [state({}), '| api/server | ⏳ queued |  |  |  |  |'],
    [{ ...state({ status: 'running' }), startedAt: 1 }, '| api/server | 🔨 running |  |  |  |  |'],
    [
      state({ status: 'built', digest, attempts: [attempt] }, 7.4),
      '| api/server | ✅ built |  | server-0 | 7 s | `0123456789ab` |',
    ],
    [
      state({ status: 'failed', attempts: [attempt, { ...attempt, pod: 'server-1' }] }, 59.6),
      '| api/server | ❌ failed |  | server-1 | 1 min 0 s |  |',
    ],
    [
      state({ status: 'unchanged', digest }, 125),
      '| api/server | ♻️ unchanged |  |  | 2 min 5 s | `0123456789ab` |',
    ],
  ];

  test.each(rows)('has one row for a container (%#)', (container, row) => {
    expect(renderBuildDetails('running', [container]).split('\n')).toContain(row);
  });

  test('counts its containers by status and says what failed and what to do', () => {
    const details = renderBuildDetails('failed', [
      state({ status: 'built' }),
      state({ name: 'worker', status: 'failed', failure: failed }),
      state({ name: 'cron', status: 'built' }),
    ]);
    expect(details).toContain('**failed** · 2 built, 1 failed');
    expect(details).toContain('**api/worker: BuildCommandFailed** exit 1');
    expect(details).toContain('→ See the log.');
  });

  test('fits into the 20 KB that the Temporal UI shows, with the longest names', () => {
    const long = 'n'.repeat(63);
    const containers = Array.from({ length: 500 }, (_, index) => ({
      ...state({
        name: `${long.slice(4)}${String(index).padStart(4, '0')}`,
        status: 'failed',
        digest,
        attempts: [{ ...attempt, pod: long }],
        failure: { ...failed, message: 'é'.repeat(5000) },
      }),
      component: long,
    }));
    const details = renderBuildDetails('failed', containers);
    expect(Buffer.byteLength(details)).toBeLessThanOrEqual(20_000);
    const shown = details.split('\n').filter((line) => line.startsWith(`| ${long}/`)).length;
    expect(shown).toBeGreaterThan(20);
    expect(details).toContain(`… and ${500 - shown} more`);
    expect(details).toContain('500 failed');
  });

  test('says why a container is built', () => {
    const changes = [
      { what: 'commit', from: 'a', to: 'b' },
      { what: 'base image', name: 'debian:12', from: 'c', to: 'd' },
      { what: 'base image', name: 'busybox', from: 'e', to: 'f' },
    ] as const;
    const built = state({ status: 'built', why: { verdict: 'build', changes } });
    expect(renderBuildDetails('running', [built])).toContain('| ✅ built | commit, base image |');
  });

  test('tells a plan from a build', () => {
    expect(renderBuildDetails('succeeded', [state({})], { mode: 'plan' })).toContain(
      '**plan: succeeded**',
    );
  });

  test('says what it failed of when no container did', () => {
    const whole = { ...failed, type: 'VersionExists', message: '1.4.0 is published' } as const;
    const of = (container: ContainerState): string =>
      renderBuildDetails('failed', [container], { failure: whole });
    expect(of(state({ status: 'built' }))).toContain(
      '**the build: VersionExists** 1.4.0 is published',
    );
    expect(of(state({ status: 'failed', failure: failed }))).not.toContain('the build');
  });

  test('says nothing of more where all are shown', () => {
    expect(renderBuildDetails('running', [state({})])).not.toContain('more');
  });
});

describe('a container build', () => {
  test('shows phase, Pod, image and every attempt', () => {
    const details = renderContainerDetails('pod', 'server-1', {
      ...queued,
      status: 'running',
      image: `registry.test/shop/api-server@${digest}`,
      attempts: [
        {
          ...attempt,
          outcome: 'failed',
          failureType: 'NodeLost',
          reason: 'gone',
          decision: 'retry',
          next: 'attempt 1 starts 1 s later',
        },
      ],
    });
    expect(details).toContain('**🔨 running** · phase `pod` · Pod `server-1`');
    expect(details).toContain(`Image \`registry.test/shop/api-server@${digest}\``);
    expect(details).toContain('| 0 | server-0 | NodeLost | gone; attempt 1 starts 1 s later |');
  });

  test('shows why, and what it waits for between two attempts', () => {
    const lost: Attempt = {
      ...attempt,
      outcome: 'failed',
      failureType: 'OutOfMemory',
      reason: 'ran out of memory at 512Mi',
      decision: 'retry',
      next: 'attempt 1 has 1Gi',
    };
    const why = {
      verdict: 'build',
      changes: [
        { what: 'base image', name: 'debian:12', from: 'sha256:a', to: 'sha256:b' },
        { what: 'forced', from: null, to: null },
      ],
    } as const;
    const details = renderContainerDetails('waiting', null, { ...queued, why, attempts: [lost] });
    expect(details).toContain('phase `waiting` · attempt 1 has 1Gi');
    expect(details).toContain('ran out of memory at 512Mi; attempt 1 has 1Gi |');
    expect(details).toContain('- base image debian:12: sha256:a → sha256:b\n- forced');
    expect(renderContainerDetails('pod', null, { ...queued, attempts: [lost] })).not.toContain(
      'phase `pod` · attempt',
    );
  });

  test('a reason stays in its cell, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\\', '|', '`', ' ', '\n', '\r', '\u2028', 'a', 'é') }),
        (reason) => {
          const details = renderContainerDetails('done', null, {
            ...queued,
            attempts: [{ ...attempt, reason }],
          });
          const rows = details.split('\n').filter((line) => line.startsWith('| 0 |'));
          expect(rows).toHaveLength(1);
          // Cells are separated by pipes that no backslash escapes.
          expect(rows[0]?.split(/(?<!\\)(?:\\\\)*\|/)).toHaveLength(6);
        },
      ),
    );
  });
});
