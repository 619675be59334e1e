import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, inject, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ScheduleView } from '../../../client/schedule-list.ts';
import { slipway, type CommandResult } from '../../support/product/command.ts';
import { definitionText } from '../../support/product/definitions.ts';
import { useInstallation } from '../../support/product/installation.ts';

const installation = useInstallation('schedules');
const environment = inject('environment');
// Schedules belong to the namespace, which other tests share.
const name = `app-${randomBytes(4).toString('hex')}`;
const nightly = `${name}/nightly`;

let file = '';
beforeAll(async () => {
  const source = await installation().repository();
  await source.commit({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
  file = join(source.directory, 'slipway.yaml');
});

const run = (...args: readonly string[]): Promise<CommandResult> =>
  slipway(['schedule', ...args], installation().settings);

/** Writes the definition, without a source: it is built from the branch that is checked out. */
async function define(...schedules: readonly object[]): Promise<void> {
  const { registry } = installation();
  const containers = { 'api/server': {} };
  const text = definitionText(environment, { name, registry, source: 'https://x/y', containers });
  const document = parse(text) as { spec: Record<string, unknown> };
  const { source: _, ...spec } = document.spec;
  await writeFile(file, stringify({ ...document, spec: { ...spec, schedules } }));
}

async function listed(): Promise<readonly ScheduleView[]> {
  const { stdout } = await run('list', '--application', name, '--json');
  return (JSON.parse(stdout) as { schedules: readonly ScheduleView[] }).schedules;
}

test('a schedule from its definition to its removal', async () => {
  await define({ name: 'nightly', cron: '30 3 * * *' }, { name: 'hourly', interval: '1h' });
  expect(await run('apply', file)).toEqual({
    code: 0,
    stdout: `created    ${name}/nightly\ncreated    ${name}/hourly\n`,
    stderr: '',
  });
  expect(JSON.parse((await run('apply', file, '--json')).stdout)).toEqual({
    application: name,
    schedules: [
      { name: 'nightly', change: 'unchanged' },
      { name: 'hourly', change: 'unchanged' },
    ],
  });

  await vi.waitFor(async () => expect(await listed()).toHaveLength(2), 20_000);
  await define({ name: 'nightly', cron: '30 3 * * *' });
  expect((await run('apply', file)).stdout).toBe(
    `unchanged  ${name}/nightly\nremoved    ${name}/hourly\n`,
  );

  expect((await run('pause', nightly, '--reason', 'release week')).stdout).toBe(
    `paused  ${nightly}\n`,
  );
  await vi.waitFor(async () => {
    const { stdout } = await run('list', '--application', name);
    expect(stdout).toBe(`${nightly}  paused: release week\n`);
  }, 20_000);

  const triggered = await run('trigger', nightly);
  expect(triggered.code).toBe(0);
  const id = triggered.stdout.trim();
  expect(id).toMatch(new RegExp(`^${nightly}-\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}Z$`));
  expect(await installation().ended(id)).toMatchObject({ status: 'succeeded' });
  // The command names builds as schedules do.
  expect((await slipway(['status', id], installation().settings)).code).toBe(0);
  expect(await listed()).toMatchObject([{ last: [{ buildId: id, status: 'succeeded' }] }]);

  expect((await run('resume', nightly)).stdout).toBe(`resumed  ${nightly}\n`);
  const night = '2026-10-05T03:30:00Z';
  const backfill = await run('backfill', nightly, '--from', '2026-10-05', '--to', '2026-10-06');
  expect(backfill).toMatchObject({ code: 0, stderr: '' });
  await vi.waitFor(
    async () =>
      expect(await listed()).toMatchObject([
        { last: [{ buildId: `${nightly}-${night}`, status: 'succeeded' }, { buildId: id }] },
      ]),
    { timeout: 60_000, interval: 1_000 },
  );

  expect((await run('delete', nightly)).stdout).toBe(`removed  ${nightly}\n`);
});

test.concurrent('a schedule that is not there is bad input', async () => {
  const outcome = await run('trigger', `${name}/none`);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toContain(`there is no schedule ${name}/none in this namespace`);
});

test.concurrent('no schedules are no error', async () => {
  const outcome = await run('list', '--application', `${name}-none`);
  expect(outcome).toEqual({ code: 0, stdout: 'no schedules\n', stderr: '' });
});
