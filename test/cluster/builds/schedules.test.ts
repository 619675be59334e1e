import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readDefinition } from '../../../cli/commands/definition.ts';
import { listBuilds } from '../../../client/list.ts';
import { getSchedule } from '../../../client/schedule-list.ts';
import {
  applySchedules,
  backfillSchedule,
  deleteSchedule,
  triggerSchedule,
} from '../../../client/schedules.ts';
import type { BuildResult, ContainerVerdict } from '../../../workflows/contract/build.ts';
import type { TestRepository } from '../../support/git-repository.ts';
import { definitionText } from '../../support/product/definitions.ts';
import { containerOf, useInstallation } from '../../support/product/installation.ts';
import { environmentTools, pushSmallImage } from '../../support/push-small-image.ts';

const installation = useInstallation('scheduled');
const environment = inject('environment');
// Schedules belong to the namespace, which other tests share.
const nightly = { application: `shop-${randomBytes(4).toString('hex')}`, name: 'nightly' };
const nothing: ContainerVerdict = { verdict: 'unchanged', changes: [] };

let source: TestRepository;
let base = '';
beforeAll(async () => {
  source = await installation().repository();
  base = `${installation().registry}/base:1`;
});

/** The definition's text: it says where it is itself, and when it is built. */
function definition(mode: string): string {
  const { registry } = installation();
  const text = definitionText(environment, {
    name: nightly.application,
    registry,
    source: source.url,
    containers: {
      'api/server': { context: 'api' },
      'web/site': { context: 'web', buildArgs: { MODE: mode } },
    },
  });
  const document = parse(text) as { spec: { source: object } };
  const { spec } = document;
  return stringify({
    ...document,
    spec: {
      ...spec,
      source: { ...spec.source, definition: 'deploy/slipway.yaml' },
      schedules: [{ name: nightly.name, cron: '30 3 * * *', timeZone: 'Europe/Berlin' }],
    },
  });
}

/** Moves the base image's tag to an image of this content; returns its digest. */
async function pushBase(content: string): Promise<string> {
  const name = base.slice(environment.registry.host.length + 1);
  return pushSmallImage(environment, await environmentTools(), name, {
    entries: [{ type: 'file', path: 'base', content: Buffer.from(content) }],
    config: {},
  });
}

/** A run of the schedule, to its end. */
async function night(): Promise<BuildResult> {
  const { client, ended } = installation();
  const id = await triggerSchedule(client, nightly, 'allow');
  if (id === null) throw new Error('the schedule started nothing');
  const result = await ended(id);
  expect(result).toMatchObject({
    buildId: id,
    status: 'succeeded',
    trigger: { kind: 'schedule', schedule: 'nightly' },
  });
  return result;
}

/** October's nights, all of what is there already: no Pod for any of them. */
async function month(): Promise<void> {
  const { client, ended, pods } = installation();
  const from = new Date('2026-10-01T00:00:00Z');
  const to = new Date('2026-11-01T00:00:00Z');
  await backfillSchedule(client, nightly, { from, to, overlap: 'allow' });
  // Half past three in Berlin: summer time ends on the 25th.
  const ids = Array.from({ length: 31 }, (_, index) => index + 1).map((day) => {
    const hour = day < 25 ? '01' : '02';
    return `${nightly.application}/nightly-2026-10-${String(day).padStart(2, '0')}T${hour}:30:00Z`;
  });
  await expect.poll(builds, { timeout: 60_000 }).toEqual(expect.arrayContaining(ids));
  for (const id of ids) {
    expect(why(await ended(id))).toEqual({ api: nothing, web: nothing });
    expect(pods.ofBuild(id)).toEqual([]);
  }
}

/** What the nightly schedule has started. */
async function builds(): Promise<readonly string[]> {
  const ids: string[] = [];
  const { application, name: schedule } = nightly;
  for await (const { buildId } of listBuilds(installation().client, { application, schedule })) {
    ids.push(buildId);
  }
  return ids;
}

function why(result: BuildResult): Readonly<Record<string, ContainerVerdict | undefined>> {
  return {
    api: containerOf(result, 'api/server').why,
    web: containerOf(result, 'web/site').why,
  };
}

describe('a scheduled build', () => {
  test('builds what changed since the last one, as the repository defines it now', async () => {
    const { client, settings } = installation();
    const firstBase = await pushBase('one');
    const web = 'FROM scratch\nARG MODE\nCOPY page /\n';
    const first = await source.commit({
      'deploy/slipway.yaml': definition('debug'),
      'api/Dockerfile': `FROM ${base}\nCOPY Dockerfile /\n`,
      'web/Dockerfile': web,
      'web/page': 'one\n',
    });
    const file = join(source.directory, 'deploy/slipway.yaml');
    const application = await readDefinition(file, settings, null, 'branch');
    expect(await applySchedules(client, application)).toEqual([
      { name: 'nightly', change: 'created' },
    ]);
    expect(await applySchedules(client, application)).toEqual([
      { name: 'nightly', change: 'unchanged' },
    ]);
    const fresh = { verdict: 'build', changes: [{ what: 'new', from: null, to: null }] };
    expect(why(await night())).toEqual({ api: fresh, web: fresh });
    expect(why(await night())).toEqual({ api: nothing, web: nothing });

    const second = await source.commit({ 'web/page': 'two\n' });
    expect(why(await night())).toEqual({
      api: nothing,
      web: { verdict: 'build', changes: [{ what: 'commit', from: first, to: second }] },
    });

    const secondBase = await pushBase('two');
    // Not applied again: what is committed is what is built.
    await source.commit({ 'deploy/slipway.yaml': definition('release') });
    // And what is not committed is not.
    await writeFile(file, 'no definition');
    expect(why(await night())).toEqual({
      api: {
        verdict: 'build',
        changes: [{ what: 'base image', name: base, from: firstBase, to: secondBase }],
      },
      web: {
        verdict: 'build',
        changes: [{ what: 'arguments', name: 'MODE', from: 'debug', to: 'release' }],
      },
    });
    expect(why(await night())).toEqual({ api: nothing, web: nothing });

    await month();
    await deleteSchedule(client, nightly);

    const [often] = application.schedules ?? [];
    if (often === undefined) throw new Error('the definition has no schedule');
    const own = { ...often, cron: [], interval: 2, name: 'often' };
    await applySchedules(client, { ...application, schedules: [own] });
    const ref = { ...nightly, name: own.name };
    await expect
      .poll(async () => (await getSchedule(client, ref)).last.map(({ status }) => status), {
        timeout: 60_000,
      })
      .toContain('succeeded');
    await deleteSchedule(client, ref);
  });
});
