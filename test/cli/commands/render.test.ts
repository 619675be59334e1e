import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { renderCommand } from '../../../cli/commands/render.ts';
import { DefinitionRefused, UsageError } from '../../../cli/exit.ts';
import { definition } from '../../definition/definitions.ts';
import { createRepository, writeFiles, type TestFile } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Runs the command; what it wrote, and how it failed. */
async function render(...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((stdout += String(text))));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((stderr += String(text))));
  try {
    const error: unknown = await renderCommand()
      .parseAsync(args, { from: 'user' })
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    return { stdout, stderr, error };
  } finally {
    vi.restoreAllMocks();
  }
}

async function checkout(files: Readonly<Record<string, TestFile>>): Promise<string> {
  const { directory } = await createRepository();
  await writeFiles(directory, files);
  return directory;
}

const template = 'FROM {{base}}\n{{#each tools}}\nRUN install {{this}}\n{{/each}}\n';
const server =
  '{ name: server, context: services/api, dockerfile: Dockerfile.hbs, templateArgs: { base: "debian:12", tools: [curl] } }';
const files = {
  'slipway.yaml': definition(server),
  'services/api/Dockerfile.hbs': template,
};

describe('render', () => {
  test('prints the Dockerfile with its arguments, as it lies in the work tree', async () => {
    const root = await checkout(files);
    expect(await render(join(root, 'slipway.yaml'), 'api/server')).toEqual({
      stdout: 'FROM debian:12\nRUN install curl\n',
      stderr: '',
      error: null,
    });
  });

  test('needs no registry, no source and no local environment', async () => {
    const bare = definition(server).replace(/ {2}(?:registry|source): .*\n/g, '');
    const root = await checkout({ ...files, 'slipway.yaml': bare });
    vi.stubEnv('SLIPWAY_HOME', join(root, 'none'));
    vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
    const { stdout, error } = await render(join(root, 'slipway.yaml'), 'server');
    expect([stdout, error]).toEqual(['FROM debian:12\nRUN install curl\n', null]);
  });

  test('leaves a file that is no template as it is, byte for byte', async () => {
    const text = '\uFEFF# {{base}}\r\nFROM debian:12';
    const root = await checkout({ 'slipway.yaml': definition('{ name: c }'), Dockerfile: text });
    const { stdout, error } = await render(join(root, 'slipway.yaml'), 'c');
    expect([stdout, error]).toEqual([text, null]);
  });

  test('finds the files from wherever the definition lies in the repository', async () => {
    const root = await checkout({ ...files, 'slipway.yaml': '' });
    await mkdir(join(root, 'deploy'));
    await writeFile(join(root, 'deploy/app.yaml'), definition(server));
    const { stdout } = await render(join(root, 'deploy/app.yaml'), 'server');
    expect(stdout).toContain('RUN install curl');
  });

  test('takes another checkout where it is named', async () => {
    const root = await checkout(files);
    const other = await temporaryDirectory();
    await writeFiles(other, {
      'services/api/Dockerfile.hbs': 'FROM {{base}}\n#{{#each tools}} {{this}}{{/each}}\n',
    });
    const args = ['--root', other, join(root, 'slipway.yaml'), 'server'];
    expect((await render(...args)).stdout).toBe('FROM debian:12\n# curl\n');
  });

  test('warns of what a build warns of', async () => {
    const root = await checkout({
      'slipway.yaml': definition(
        '{ name: c, dockerfile: D.hbs, unusedArguments: warn, templateArgs: { a: b }, buildArgs: { X: y } }',
      ),
      'D.hbs': 'FROM debian:12\nADD https://e.com/x /x\n',
    });
    const { stdout, stderr, error } = await render(join(root, 'slipway.yaml'), 'c');
    expect([stdout, error]).toEqual(['FROM debian:12\nADD https://e.com/x /x\n', null]);
    const file = join(root, 'D.hbs');
    const definitionFile = join(root, 'slipway.yaml');
    const container = 'spec.components[0].containers[0]';
    expect(stderr.trimEnd().split('\n')).toEqual([
      `warning: ${definitionFile}:10:80: ${container}.templateArgs.a: the argument a is not used by ${file}`,
      expect.stringContaining(`warning: ${file}:2: ADD https://e.com/x without`),
      `warning: ${definitionFile}:10:101: ${container}.buildArgs.X: no ARG of ${file} declares the build argument X: it has no effect`,
    ]);
  });

  test('says so where a container’s source could be another than the checkout', async () => {
    const other = '{ name: other, source: { git: "https://e.com/other", ref: m } }';
    const root = await checkout({ ...files, 'slipway.yaml': definition(server, other) });
    const file = join(root, 'slipway.yaml');
    const { stdout, stderr } = await render(file, 'server');
    expect(stdout).toContain('FROM');
    expect(stderr).toContain('the application has several sources');
    expect(stderr).toContain('https://git.example.com/shop.git');
    expect((await render('--root', root, file, 'server')).stderr).toBe('');
  });
});

describe('render refuses', () => {
  test.each<[string, string, string]>([
    ['a missing argument', 'FROM {{base}}\nRUN {{missing}}\n', '2:'],
    ['wrong syntax', 'FROM {{base}}\n{{#if tools}}', '2:'],
  ])('%s with its line and column', async (_what, text, place) => {
    const root = await checkout({ ...files, 'services/api/Dockerfile.hbs': text });
    const { stdout, error } = await render(join(root, 'slipway.yaml'), 'server');
    expect(stdout).toBe('');
    expect(error).toBeInstanceOf(DefinitionRefused);
    const file = join(root, 'services/api/Dockerfile.hbs');
    expect((error as Error).message.startsWith(`${file}:${place}`)).toBe(true);
  });

  test('arguments that are not used, one a line, where the definition gives them', async () => {
    const text = definition(server).replace(
      '  components:',
      '  defaults: { templateArgs: { tools: [git], mirror: a } }\n  components:',
    );
    const root = await checkout({
      'slipway.yaml': text,
      'services/api/Dockerfile.hbs': 'FROM {{base}}\n',
    });
    const { stdout, error } = await render(join(root, 'slipway.yaml'), 'server');
    expect(stdout).toBe('');
    expect(error).toBeInstanceOf(DefinitionRefused);
    const [file, used] = [join(root, 'slipway.yaml'), join(root, 'services/api/Dockerfile.hbs')];
    const rest = `is not used by ${used}; expected \`unusedArguments: warn\`, or a template that uses it`;
    expect((error as Error).message.split('\n').toSorted()).toEqual([
      `${file}:11:113: spec.components[0].containers[0].templateArgs.tools: the argument tools ${rest}`,
      `${file}:7:45: spec.defaults.templateArgs.mirror: the argument mirror ${rest}`,
    ]);
  });

  test('a Dockerfile without FROM, and prints it to look at', async () => {
    const root = await checkout({
      ...files,
      'services/api/Dockerfile.hbs': 'RUN {{base}}{{#each tools}} {{this}}{{/each}}\n',
    });
    const { stdout, error } = await render(join(root, 'slipway.yaml'), 'server');
    expect(stdout).toBe('RUN debian:12 curl\n');
    expect(error).toBeInstanceOf(DefinitionRefused);
  });

  test('a definition with problems, each with its place', async () => {
    const root = await checkout({ ...files, 'slipway.yaml': definition('{ name: Server }') });
    const file = join(root, 'slipway.yaml');
    const { error } = await render(file, 'server');
    expect(error).toBeInstanceOf(DefinitionRefused);
    expect((error as Error).message.startsWith(`${file}:10:`)).toBe(true);
  });

  test('a Dockerfile that is not there, and says where it looked', async () => {
    const root = await checkout({ 'slipway.yaml': definition('{ name: c, context: gone }') });
    const { error } = await render(join(root, 'slipway.yaml'), 'c');
    expect(error).toBeInstanceOf(UsageError);
    for (const part of ['gone/Dockerfile', root, 'https://git.example.com/shop.git', '--root']) {
      expect((error as Error).message).toContain(part);
    }
  });

  test('a Dockerfile that is a link out of the checkout', async () => {
    const root = await checkout({
      'slipway.yaml': definition('{ name: c }'),
      Dockerfile: { link: '/etc/hostname' },
    });
    const { stdout, error } = await render(join(root, 'slipway.yaml'), 'c');
    expect(stdout).toBe('');
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain('leads out');
  });

  test('a definition outside of any repository, unless it is told the checkout', async () => {
    const root = await checkout(files);
    const file = join(await temporaryDirectory(), 'slipway.yaml');
    await rename(join(root, 'slipway.yaml'), file);
    const { error } = await render(file, 'server');
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toBe(
      `${file} is in no git repository; expected --root DIR with the container’s source`,
    );
    expect((await render(file, 'server', '--root', root)).stdout).toContain('FROM debian:12');
  });

  test.each([
    [
      'a root that is none',
      ['--root', '/nowhere', 'x.yaml', 'c'],
      '--root /nowhere is not a directory',
    ],
    ['a file that is none', ['/nowhere/x.yaml', 'c'], 'cannot read the definition /nowhere/x.yaml'],
  ])('%s', async (_what, args, message) => {
    const { error } = await render(...args);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toBe(message);
  });
});
