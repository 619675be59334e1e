import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { BuildResult } from '../../../workflows/contract/build.ts';
import { failurePolicies } from '../../../workflows/contract/failures.ts';
import { slipway, startSlipway, type CommandResult } from '../../support/product/command.ts';
import { definitionText, type DefinitionOptions } from '../../support/product/definitions.ts';
import { openGate } from '../../support/product/gate.ts';
import { containerOf, useInstallation } from '../../support/product/installation.ts';

const installation = useInstallation('cli');
const environment = inject('environment');
const storeHost = new URL(environment.store.endpoint).hostname;

/** A repository with these files, and the definition of an application in it as a file. */
async function project(
  files: Readonly<Record<string, string>>,
  containers: DefinitionOptions['containers'] = { 'api/server': {} },
): Promise<string> {
  const { repository, registry } = installation();
  const source = await repository();
  await source.commit(files);
  const file = join(source.directory, 'slipway.yaml');
  const definition = { name: 'app', registry, source: source.url, containers };
  await writeFile(file, definitionText(environment, definition));
  return file;
}

const run = (args: readonly string[], input?: string): Promise<CommandResult> =>
  slipway(args, installation().settings, input);

/** One JSON object, and a line break. */
function parsed<T>(stdout: string): T {
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as T;
}

function expectNoTrace({ stdout, stderr }: CommandResult): void {
  expect(`${stdout}${stderr}`).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}

describe('build', () => {
  let good = '';
  beforeAll(async () => {
    good = await project({ Dockerfile: 'FROM busybox\nRUN echo cli > /answer\n' });
  });

  test('prints the result as one JSON object, progress beside it, and ends with 0', async () => {
    const outcome = await run(['build', good, '--json']);
    const result = parsed<BuildResult>(outcome.stdout);
    expect(outcome.code).toBe(0);
    expect(result.status).toBe('succeeded');
    expect(containerOf(result, 'api/server').status).toBe('built');
    expect(outcome.stderr).toContain(`Build ${result.buildId}\n`);
    expect(outcome.stderr).toMatch(/api\/server +built/);
    expectNoTrace(outcome);

    const status = await run(['status', result.buildId, '--json']);
    expect(status.code).toBe(0);
    expect(parsed<BuildResult>(status.stdout)).toEqual(result);
  });

  test('reads the definition from standard input, and tells people what came out', async () => {
    const { registry } = installation();
    const source = await installation().repository();
    await source.commit({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    const text = definitionText(environment, {
      name: 'app',
      registry,
      source: source.url,
      containers: { 'web/site': {} },
    });
    const outcome = await run(['build', '-'], text);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/^app 0\.0\.0-g[0-9a-f]{10}\.i[0-9a-f]{8} succeeded$/m);
    expect(outcome.stdout).toMatch(new RegExp(`built +${registry}/app/web-site@sha256:`));
    expect(outcome.stdout).toMatch(/package +applications\/app\//);
    expectNoTrace(outcome);
  });

  test('explains a failure and ends with 1', async () => {
    const file = await project({
      Dockerfile: 'FROM busybox\nRUN echo broken && sleep 1 && exit 7\n',
    });
    const outcome = await run(['build', file]);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('api/server: BuildCommandFailed');
    expect(outcome.stdout).toContain('exited with 7');
    expect(outcome.stdout).toMatch(/^ +\| broken$/m);
    expect(outcome.stdout).toContain('What to do:');
    expectNoTrace(outcome);
  });

  test('explains a failure that no container is to blame for', async () => {
    const { registry } = installation();
    const source = await installation().repository();
    await source.commit({ Dockerfile: 'FROM busybox\n' });
    const containers = { 'api/server': {}, 'web/site': {} };
    const options = { name: 'app', registry, source: source.url, ref: 'gone', containers };
    const outcome = await run(['build', '-'], definitionText(environment, options));
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('SourceNotFound');
    expect(outcome.stdout).toContain('gone');
    expect(outcome.stdout.match(/What to do:/g)).toHaveLength(1);
    expectNoTrace(outcome);
  });

  test('explains a version that has been published with other content', async () => {
    const { registry } = installation();
    const release = (image: string): Promise<CommandResult> => {
      const options = { name: 'app', registry, source: 'https://git.example.com/none.git' };
      const containers = { 'base/system': { image } };
      return run(
        ['build', '-'],
        definitionText(environment, { ...options, version: '1.0.0', containers }),
      );
    };
    expect((await release('busybox')).code).toBe(0);
    const outcome = await release('debian:12');
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('base/system: VersionExists');
    expect(outcome.stdout).toContain('1.0.0');
    expect(outcome.stdout).toContain(`What to do: ${failurePolicies.VersionExists.hint}`);
    expectNoTrace(outcome);
  });

  test('is the same build for the same key', async () => {
    const key = randomUUID();
    const first = await run(['build', good, '--detach', '--key', key]);
    expect(first).toMatchObject({ code: 0, stdout: `app/${key}\n` });
    expect(first.stderr).not.toContain('found by its key');
    const again = await run(['build', good, '--json', '--key', key]);
    expect(again.code).toBe(0);
    expect(parsed<BuildResult>(again.stdout).buildId).toBe(`app/${key}`);
    expect(again.stderr).toMatch(/^found by its key: started .* UTC, nothing new is built$/m);
  });
});

describe('a build that runs', () => {
  test('goes on after an interrupt, is shown, and ends when it is cancelled', async () => {
    await using gate = await openGate(storeHost);
    const file = await project({ Dockerfile: `FROM busybox\n${gate.instruction}\n` });
    const build = startSlipway(['build', file, '--json'], installation().settings);
    await gate.reached();
    build.interrupt();
    const interrupted = await build.result;
    expect(interrupted.code).toBe(130);
    expect(interrupted.stdout).toBe('');
    const id = /^ +slipway status (\S+)/m.exec(interrupted.stderr)?.[1] ?? '';
    expect(id).toMatch(/^app\//);
    expectNoTrace(interrupted);

    const running = await run(['status', id]);
    expect(running.code).toBe(0);
    expect(running.stdout).toMatch(/api\/server +running +.*bld-server-/);
    const json = parsed<BuildResult>((await run(['status', id, '--json'])).stdout);
    expect(json.status).toBe('running');

    const cancelled = await run(['cancel', id]);
    expect(cancelled).toMatchObject({ code: 0, stdout: `${id} cancelled\n` });
    const after = await run(['status', id, '--json']);
    expect(after.code).toBe(1);
    expect(parsed<BuildResult>(after.stdout).status).toBe('cancelled');
    expectNoTrace(after);
  });
});

describe('what cannot be done', () => {
  const broken = [
    'apiVersion: slipway/v1',
    'kind: Application',
    'metadata: { name: shop }',
    'spec:',
    '  version: 1.10',
    '  registry: registry.example.com/shop',
    '  source: { git: https://git.example.com/shop.git, ref: main }',
    '  components:',
    '    - name: api',
    '      containers:',
    '        - { name: server, contxt: . }',
    '',
  ].join('\n');

  test.concurrent.each<{ args: readonly string[]; says: RegExp; input?: string }>([
    { args: ['validate', '-'], input: broken, says: /^.*:5:12: .*1\.10/m },
    { args: ['validate', '-'], input: broken, says: /:11:\d+: .*contxt/ },
    { args: ['build', '-', '--json'], input: broken, says: /:5:12: / },
    { args: ['build', '/nonexistent/slipway.yaml'], says: /cannot read .*\/nonexistent/ },
    { args: ['build'], says: /missing required argument/ },
    { args: ['build', '-', '--fast'], input: broken, says: /unknown option '--fast'/ },
    { args: ['status', 'shop/none'], says: /no build shop\/none/ },
    { args: ['cancel', 'shop/none'], says: /no build shop\/none/ },
    { args: ['biuld'], says: /unknown command 'biuld'/ },
  ])('$args is bad input', async ({ args, input, says }) => {
    const outcome = await run(args, input);
    expect(outcome.stderr).toMatch(says);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expectNoTrace(outcome);
  });

  test('names the containers there are for a --force of none', async () => {
    const file = await project({ Dockerfile: 'FROM busybox\n' });
    const outcome = await run(['build', file, '--force', 'api/sever']);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/api\/sever: app has no container .*; did you mean api\/server/);
  });

  test('refuses a key that cannot be one', async () => {
    const file = await project({ Dockerfile: 'FROM busybox\n' });
    const outcome = await run(['build', file, '--key', 'Release 1']);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('"Release 1" is no build key');
  });

  test('ends with 3 when Temporal is away', async () => {
    const file = await project({ Dockerfile: 'FROM busybox\n' });
    const settings = { ...installation().settings, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const commands = [
      ['build', file, '--json'],
      ['status', 'app/x'],
      ['cancel', 'app/x'],
    ];
    const outcomes = await Promise.all(commands.map((args) => slipway(args, settings)));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 3, stdout: '' });
      expect(outcome.stderr).toContain('Temporal at 127.0.0.1:1 does not answer');
      expectNoTrace(outcome);
    }
  });

  test('accepts a good definition', async () => {
    const file = await project({ Dockerfile: 'FROM busybox\n' });
    const outcome = await run(['validate', file]);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain('valid; app has 1 component, 1 container');
  });
});
