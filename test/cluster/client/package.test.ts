import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { instancePaths } from '../../../dev/instance/paths.ts';
import type { BuildResult } from '../../../workflows/contract/build.ts';
import { definitionText } from '../../support/product/definitions.ts';
import { useInstallation } from '../../support/product/installation.ts';

const execute = promisify(execFile);
const installation = useInstallation('package');
const environment = inject('environment');
const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const program = (name: string): string => join(checkout, 'node_modules', '.bin', name);

/** A project that has the package installed as anybody would install it. */
const project = join(instancePaths(environment.home).work, 'tests', 'service');

/** As strict as a service's own configuration can be. */
function configFor(file: string): string {
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  };
  return JSON.stringify({ compilerOptions, files: [file] });
}

beforeAll(async () => {
  await cp(fileURLToPath(new URL('service', import.meta.url)), project, { recursive: true });
  await mkdir(join(project, 'packed'));
  await writeFile(join(project, 'tsconfig.json'), configFor('service.ts'));
  const manifest = { name: 'service', private: true, type: 'module' };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  const pack = ['--pack-destination', join(project, 'packed'), '--loglevel=error'];
  await execute('npm', ['run', '--silent', 'pack:client', '--', ...pack], { cwd: checkout });
  const [tarball = ''] = await readdir(join(project, 'packed'));
  await execute(
    'npm',
    [
      'install',
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      join(project, 'packed', tarball),
    ],
    { cwd: project },
  );
  // The service's own tools; a project of a team has them installed itself.
  const types = ['@types/node', 'undici-types'];
  await mkdir(join(project, 'node_modules', '@types'), { recursive: true });
  for (const name of types) {
    const [from, to] = [join(checkout, 'node_modules', name), join(project, 'node_modules', name)];
    await cp(from, to, { recursive: true });
  }
}, 300_000);

describe('the package, installed elsewhere', () => {
  test('brings what the library needs, and nothing of the checkout beside it', async () => {
    const folder = join(project, 'node_modules', 'slipway');
    expect((await readdir(folder)).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'client',
      'definition',
      'package.json',
      'workflows',
    ]);
    expect(await readdir(join(folder, 'workflows'))).toEqual(['contract']);
    const schema = await readFile(join(folder, 'definition', 'schema.json'), 'utf8');
    expect(JSON.parse(schema)).toHaveProperty('$schema');
  });

  test('brings nothing that is the worker’s alone', async () => {
    const modules = join(project, 'node_modules');
    const temporal = await readdir(join(modules, '@temporalio'));
    expect(temporal.toSorted()).toEqual(['client', 'common', 'envconfig', 'proto']);
    const others = await readdir(modules);
    for (const name of ['@kubernetes', 'minio', 'simple-git', 'commander'])
      expect(others).not.toContain(name);
  });

  test('has types against which a service is checked', async () => {
    await expect(execute(program('tsc'), ['-p', '.'], { cwd: project })).resolves.toBeDefined();
    // And they are looked at: what the library does not have is an error.
    const wrong = "import { deploy } from 'slipway';\ndeploy();\n";
    await writeFile(join(project, 'service-wrong.ts'), wrong);
    await writeFile(join(project, 'tsconfig.wrong.json'), configFor('service-wrong.ts'));
    const checked = execute(program('tsc'), ['-p', 'tsconfig.wrong.json'], { cwd: project });
    await expect(checked).rejects.toMatchObject({ stdout: expect.stringContaining('deploy') });
  });

  test('says that the command is elsewhere', async () => {
    const command = join(project, 'node_modules', '.bin', 'slipway');
    await expect(execute(process.execPath, [command, 'list'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the client library alone'),
    });
  });

  test('plans, builds, watches, reads logs and lists, with Temporal’s address alone', async () => {
    const { repository, registry, client } = installation();
    const source = await repository();
    await source.commit({ Dockerfile: 'FROM busybox\nRUN echo from a service > /a && cat /a\n' });
    const text = definitionText(environment, {
      name: 'serviced',
      registry,
      source: source.url,
      containers: { 'api/server': {}, 'base/system': { image: 'busybox' } },
    });
    const file = join(project, 'slipway.yaml');
    await writeFile(file, text);
    const { stdout } = await execute(
      process.execPath,
      [
        'service.ts',
        file,
        environment.temporal.address,
        environment.temporal.namespace,
        client.taskQueue,
      ],
      { cwd: project, env: { PATH: process.env['PATH'], HOME: project } },
    );
    const told = JSON.parse(stdout) as { readonly result: BuildResult; readonly log: string };
    expect(told).toMatchObject({
      buildId: 'serviced/from-a-service',
      isOneBuild: true,
      verdicts: ['build', 'existing'],
      watched: 'succeeded',
      sawRunning: true,
      listed: true,
      refused: true,
    });
    expect(told.result.status).toBe('succeeded');
    expect(told.log).toMatch(/^from a service$/m);
  });
});
