import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { WorkerSettings } from '../../worker/config.ts';
import { builderFlagsDocument } from '../../worker/builder-flags-doc.ts';
import { failuresDocument } from '../../worker/failures-doc.ts';
import { settingsDocument } from '../../worker/settings-doc.ts';
import { metricsDocument } from '../../worker/telemetry/metrics-doc.ts';
import { metricDescriptions } from '../../worker/telemetry/metrics.ts';

const docs = new URL('../../docs/', import.meta.url);

test.each([
  ['settings.md', settingsDocument],
  ['metrics.md', metricsDocument],
  ['failures.md', failuresDocument],
  ['builder-flags.md', builderFlagsDocument],
])('docs/%s is up to date (else: npm run docs)', async (name, write) => {
  expect(await readFile(new URL(name, docs), 'utf8')).toBe(write());
});

/** The row of a table that is about this name, as cells. */
function row(document: string, name: string): readonly string[] {
  const line = document.split('\n').find((each) => each.startsWith(`| \`${name}\` |`)) ?? '';
  return line.split(' | ').map((cell) => cell.trim());
}

test.each([
  ['SLIPWAY_TASK_QUEUE', '`slipway`', ''],
  ['SLIPWAY_ROLES', '`workflow,source,pods`', ''],
  ['SLIPWAY_STORE_ENDPOINT', '**required**', ''],
  ['SLIPWAY_STORE_SECRET_KEY_FILE', '**required**', ''],
  ['SLIPWAY_KUBECONFIG', '', ''],
  ['SLIPWAY_REGISTRY_MIRRORS', '', ''],
  ['SLIPWAY_DRAIN_TIME', '`30`', 'seconds'],
  ['SLIPWAY_POD_LEASE', '', 'seconds'],
  ['SLIPWAY_MEMORY_CEILING', '`8Gi`', 'Kubernetes quantity'],
])('%s is documented with its default and unit', (name, value, unit) => {
  expect(row(settingsDocument(), name).slice(1, 3)).toEqual([value, unit]);
});

test('every setting and every metric has one row', () => {
  const rows = (document: string): readonly string[] =>
    [...document.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
  expect(rows(settingsDocument())).toEqual(Object.keys(WorkerSettings.shape));
  expect(rows(metricsDocument())).toEqual(Object.keys(metricDescriptions));
});

test.each(Object.entries(metricDescriptions))(
  '%s is named and labelled as Prometheus has it',
  (name, { kind, unit, labels, description }) => {
    expect(name).toMatch(/^slipway_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(kind !== 'histogram' || name.endsWith(`_${unit}`)).toBe(true);
    for (const label of labels) expect(description).toContain(`\`${label}\``);
  },
);

test.each([
  ['DockerfileInvalid', 'the build of this container ends'],
  ['OutOfMemory', 'up to 16 new attempts, each with twice the memory, at once'],
  ['DiskFull', 'one new attempt with twice the ephemeral storage, after 2 s to 30 s'],
  ['NodeLost', 'up to 5 new attempts over all losses of this kind together, after 1 s to 30 s'],
  ['StorageUnavailable', 'the step is tried again, after 1 s to 60 s, until its deadline'],
])('%s: %s', (type, followUp) => {
  expect(row(failuresDocument(), type)[1]).toContain(followUp);
});
