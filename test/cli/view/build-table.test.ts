import { expect, test } from 'vitest';
import { buildTable } from '../../../cli/view/build-table.ts';
import type { ListedBuild } from '../../../client/list.ts';

const at = (time: string): Date => new Date(`2026-11-22T${time}Z`);

function build(changes: Partial<ListedBuild>): ListedBuild {
  return {
    buildId: 'shop/k1',
    application: 'shop',
    mode: 'build',
    status: 'succeeded',
    startedAt: at('10:00:00'),
    endedAt: at('10:01:05'),
    trigger: null,
    ...changes,
  };
}

const table = (...builds: readonly ListedBuild[]): string =>
  buildTable(builds, at('10:00:07').getTime(), (_style, text) => text);

test('builds are lines of equal columns, with what started them', () => {
  expect(
    table(
      build({ status: 'running', endedAt: null }),
      build({ buildId: 'storefront/k22', trigger: { kind: 'schedule', schedule: 'nightly' } }),
      build({ status: 'failed', trigger: { kind: 'retry', of: 'shop/k0' } }),
      build({ mode: 'plan' }),
    ),
  ).toBe(
    [
      'shop/k1         running    2026-11-22 10:00:00        7.0 s',
      'storefront/k22  succeeded  2026-11-22 10:00:00    1 min 5 s  schedule nightly',
      'shop/k1         failed     2026-11-22 10:00:00    1 min 5 s  retry of shop/k0',
      'shop/k1         succeeded  2026-11-22 10:00:00    1 min 5 s  plan',
      '',
    ].join('\n'),
  );
});

test('no builds are no lines', () => {
  expect(table()).toBe('');
});
