import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readDefinition } from '../../../cli/commands/definition.ts';
import { DefinitionRefused, UsageError } from '../../../cli/exit.ts';
import { definition, firstBuilt } from '../../definition/definitions.ts';
import { createRepository, type TestRepository } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const withSource = definition('{ name: server }');
const withoutSource = withSource.replace(/ {2}source.*\n/, '');
const settings = {};

/** A repository with the definition, committed; the definition's file. */
async function committed(
  text: string,
  parent?: string,
  path = 'slipway.yaml',
): Promise<{
  readonly file: string;
  readonly commit: string;
  readonly repository: TestRepository;
}> {
  const repository = await createRepository(parent);
  const commit = await repository.commit({ [path]: text });
  return { file: join(repository.directory, path), commit, repository };
}

test('a definition that says where it is keeps the registry to fall back to', async () => {
  const source =
    '  source: { git: "https://git.example.com/a.git", ref: main, definition: a.yaml }';
  const { file } = await committed(withSource.replace(/^ {2}source: .*$/m, source));
  const registry = { SLIPWAY_DEFAULT_REGISTRY: 'registry.example.com' };
  const { definition: where } = await readDefinition(file, registry);
  expect(where).toEqual({
    source: { git: 'https://git.example.com/a.git', ref: 'main' },
    path: 'a.yaml',
    registry: 'registry.example.com',
  });
  expect((await readDefinition(file, {})).definition).not.toHaveProperty('registry');
});

describe('a definition without a source', () => {
  test('is built from the commit that its repository has checked out', async () => {
    const { file, commit, repository } = await committed(withoutSource);
    const { source } = firstBuilt(await readDefinition(file, settings));
    expect(source).toEqual({ git: repository.url, ref: commit });
  });

  test('follows the branch that its repository has checked out, where a branch is asked for', async () => {
    const { file, repository, commit } = await committed(withoutSource);
    await repository.git('checkout', '--quiet', '-b', 'release/1.x');
    const { source } = firstBuilt(await readDefinition(file, settings, null, 'branch'));
    expect(source).toEqual({ git: repository.url, ref: 'release/1.x' });

    await repository.git('checkout', '--quiet', '--detach', commit);
    const refused = readDefinition(file, settings, null, 'branch');
    await expect(refused).rejects.toThrow(DefinitionRefused);
    await expect(refused).rejects.toThrow('A schedule follows a branch');
  });

  test('may lie anywhere in its repository', async () => {
    const { file, commit, repository } = await committed(withoutSource, undefined, 'a/b/app.yaml');
    const { source } = firstBuilt(await readDefinition(file, settings));
    expect(source).toEqual({ git: repository.url, ref: commit });
  });

  test('follows what is checked out, branch or not', async () => {
    const { file, commit, repository } = await committed(withoutSource);
    await repository.commit({ other: 'later' });
    await repository.git('checkout', '--quiet', '--detach', commit);
    expect(firstBuilt(await readDefinition(file, settings)).source.ref).toBe(commit);
  });

  test.each(['a b', 'a#b', 'a?b', 'a%20b', 'é', 'a+b', 'a;b'])(
    'names its repository in a directory "%s" so that it is found again',
    async (name) => {
      const parent = join(await temporaryDirectory(), name);
      await mkdir(parent);
      const { file, repository } = await committed(withoutSource, parent);
      const { source } = firstBuilt(await readDefinition(file, settings));
      expect(fileURLToPath(source.git)).toBe(repository.directory);
    },
  );

  test('is refused where there is no repository', async () => {
    const file = join(await temporaryDirectory(), 'slipway.yaml');
    await writeFile(file, withoutSource);
    await expect(readDefinition(file, settings)).rejects.toThrow(/spec\.source.*\n.* commit\.$/);
  });

  test('is refused where nothing has been committed', async () => {
    const { directory } = await createRepository();
    const file = join(directory, 'slipway.yaml');
    await writeFile(file, withoutSource);
    await expect(readDefinition(file, settings)).rejects.toThrow(/spec\.source/);
  });
});

test('a definition’s own source is not touched', async () => {
  const { file } = await committed(withSource);
  expect(firstBuilt(await readDefinition(file, settings)).source).toEqual({
    git: 'https://git.example.com/shop.git',
    ref: 'main',
  });
});

describe('the default registry', () => {
  const withoutRegistry = withSource.replace(/ {2}registry.*\n/, '');
  const registry = { SLIPWAY_DEFAULT_REGISTRY: '10.0.0.1:5000' };

  test.each([
    [withoutRegistry, '10.0.0.1:5000/shop/api-server'],
    [withSource, 'registry.example.com/shop/api-server'],
  ])('is for definitions without one (%#)', async (text, repository) => {
    const { file } = await committed(text);
    expect(firstBuilt(await readDefinition(file, registry)).repository).toBe(repository);
  });

  test('is missed where neither says one', async () => {
    const { file } = await committed(withoutRegistry);
    await expect(readDefinition(file, settings)).rejects.toThrow(/spec\.registry/);
  });
});

test('a source that is there and wrong is told that alone', async () => {
  const { file } = await committed(withSource.replace(/source: .*/, 'source: https://e.com/x'));
  const refused = await readDefinition(file, settings).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DefinitionRefused);
  expect((refused as Error).message.split('\n')).toEqual([
    `${file}:6:11: spec.source: "https://e.com/x" is refused here; expected a mapping with \`git\` and \`ref\``,
  ]);
});

test('every problem is told with its place', async () => {
  const { file } = await committed(definition('{ name: Server, contxt: x }'));
  const refused = await readDefinition(file, settings).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DefinitionRefused);
  const lines = (refused as Error).message.split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line.startsWith(`${file}:10:`)).toBe(true);
});

test.each(['missing.yaml', '.'])('what is no readable file is bad usage: %s', async (name) => {
  const file = join(await temporaryDirectory(), name);
  const error = await readDefinition(file, settings).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect(error).not.toBeInstanceOf(DefinitionRefused);
  expect((error as Error).message).toBe(`cannot read the definition ${file}`);
  expect((error as Error).cause).toHaveProperty('code');
});
