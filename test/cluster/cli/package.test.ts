import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readEntries } from '../../../activities/package/read-archive.ts';
import { presentContent } from '../../../activities/support/stored-content.ts';
import { parseSettings } from '../../../worker/config.ts';
import { connectServices, type Services } from '../../../worker/services.ts';
import type { BuildResult } from '../../../workflows/contract/build.ts';
import { resultObject } from '../../../workflows/contract/objects.ts';
import { publishedStatement } from '../../activities/package/provenance/published-shape.ts';
import type { TestRepository } from '../../support/git-repository.ts';
import { slipway, type CommandResult } from '../../support/product/command.ts';
import { containerOf, useInstallation } from '../../support/product/installation.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const installation = useInstallation('package');
const environment = inject('environment');
const application = 'parcel';

let services: Services;
let source: TestRepository;
let directory: string;
let first: BuildResult;
beforeAll(async () => {
  services = await connectServices(parseSettings(installation().settings));
  directory = await mkdtemp(join(tmpdir(), 'slipway-package-'));
  source = await installation().repository();
  await source.commit({ Dockerfile: 'FROM scratch\nCOPY file /\n', file: 'one\n' });
  first = await build();
});
afterAll(async () => {
  await services.close();
  await rm(directory, { recursive: true });
});

function build(): Promise<BuildResult> {
  return installation().build({
    name: application,
    source: source.url,
    version: '1.0.0',
    containers: { 'api/server': {}, 'api/base': { image: 'busybox' } },
  });
}

/** The command, with the login for the environment's registry as Docker would keep it, or without. */
async function run(args: readonly string[], login = true): Promise<CommandResult> {
  const config = await temporaryDirectory();
  if (login) await copyFile(environment.registry.authFile, join(config, 'config.json'));
  return slipway(args, { ...installation().settings, DOCKER_CONFIG: config });
}

describe('a published package', () => {
  test('is downloaded with its provenance, by build, by version and as the latest', async () => {
    expect(first).toMatchObject({ status: 'succeeded', package: { sha256: expect.any(String) } });
    const file = join(directory, 'parcel.zip');
    const outcome = await run(['package', 'get', application, '1.0.0', '-o', file, '--json']);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual({
      object: first.package?.object,
      sha256: first.package?.sha256,
      file,
      provenance: `${file}.intoto.json`,
    });
    for (const which of [['--build', first.buildId], []]) {
      const other = join(directory, 'other.zip');
      const again = await run(['package', 'get', application, ...which, '-o', other]);
      expect(again.code).toBe(0);
      expect(await readFile(other)).toEqual(await readFile(file));
    }
  });

  test('has provenance of what really went into it', async () => {
    const text = await presentContent(services.store, first.package?.provenance ?? '');
    const statement = publishedStatement.parse(JSON.parse(text.toString('utf8')));
    const roles = statement.predicate.buildDefinition.resolvedDependencies?.map(
      ({ annotations, digest }) => [annotations?.['role'], Object.keys(digest ?? {}).join()],
    );
    expect(roles).toEqual([
      ['builder', 'sha256'],
      ['component package', 'sha256'],
      ['context', 'sha256'],
      ['image', 'sha256'],
      ['source', 'gitCommit'],
    ]);
    const [attempt] = containerOf(first, 'api/server').attempts;
    expect(statement.predicate.runDetails.metadata).toMatchObject({
      invocationId: first.buildId,
      startedOn: attempt?.startedAt,
    });
  });

  test('is verified, its images at their registries too', async () => {
    const { code, stdout, stderr } = await run(['package', 'verify', application, '1.0.0']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ok +registry: api\/server /m);
    expect(stdout).toMatch(/^ok +registry: api\/base /m);
    expect(stdout).toMatch(/^ok +provenance: materials /m);
    expect(stdout).toMatch(/^ok +package: identity +parcel 1\.0\.0$/m);
  });

  test('is not verified where the registry may not be asked', async () => {
    const { code, stdout } = await run(['package', 'verify', application, '1.0.0'], false);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAILED +registry: api\/server .*login/m);
  });

  test('is not verified when a byte of the file is another', async () => {
    const file = join(directory, 'parcel.zip');
    const bytes = await readFile(file);
    bytes[bytes.indexOf('"commit"') + 12]! ^= 1;
    const changed = join(directory, 'changed.zip');
    await writeFile(changed, bytes);
    await copyFile(`${file}.intoto.json`, `${changed}.intoto.json`);
    const outcome = await run(['package', 'verify', changed, '--offline', '--json']);
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ verified: false });
  });

  test('that nobody published is told as that', async () => {
    const { code, stderr } = await run(['package', 'get', application, '9.9.9']);
    expect(code).toBe(2);
    expect(stderr).toContain('applications/parcel/9.9.9.zip');
  });
});

test('what the build came to is kept beside the packages', async () => {
  const record = JSON.parse(
    (await presentContent(services.store, resultObject(first.buildId))).toString('utf8'),
  ) as Record<string, unknown>;
  expect(record).toMatchObject({
    schemaVersion: 1,
    mode: 'build',
    result: first,
    containers: [
      { component: 'api', name: 'server', rendered: { builder: { name: 'buildah' } } },
      { component: 'api', name: 'base', rendered: null },
    ],
  });
});

test('the same version of other content is refused before there is a Pod', async () => {
  await source.commit({ file: 'two\n' });
  const second = await build();
  expect(second.status).toBe('failed');
  expect(containerOf(second, 'api/server').failure).toMatchObject({
    type: 'VersionExists',
    message: expect.stringContaining('server: input digest published sha256:') as string,
  });
  expect(installation().pods.ofBuild(second.buildId)).toEqual([]);
  const entries = await readEntries(
    await presentContent(services.store, first.package?.object ?? ''),
  );
  expect(entries.has('components/api.zip')).toBe(true);
});
