import { describe, expect, test, vi } from 'vitest';
import { createReadDefinition } from '../../../activities/source/read-definition.ts';
import type { ReadDefinitionInput } from '../../../workflows/contract/activities.ts';
import { definition, firstBuilt } from '../../definition/definitions.ts';
import { runActivity } from '../../support/activity.ts';
import { createRepository, type TestFile } from '../../support/git-repository.ts';
import { testTrees } from '../../support/git-trees.ts';

// Each test starts some git processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 30_000 });

const path = 'deploy/slipway.yaml';

/** A repository with these files, and the activity as it reads from there. */
async function committed(files: Readonly<Record<string, TestFile>>) {
  const repository = await createRepository();
  const commit = await repository.commit(files);
  const { trees } = await testTrees({ fileRoots: [repository.directory] });
  const activity = createReadDefinition({ trees });
  const read = (input: Partial<ReadDefinitionInput> = {}) =>
    runActivity(activity, {
      definition: { source: { git: repository.url, ref: 'main' }, path },
      ...input,
    });
  return { repository, commit, read };
}

describe('readDefinition', () => {
  test('reads what the ref names at the time', async () => {
    const { repository, commit, read } = await committed({ [path]: definition('{ name: one }') });
    const before = await read();
    const later = await repository.commit({ [path]: definition('{ name: two }') });
    const after = await read();

    expect(before.commit).toBe(commit);
    expect(firstBuilt(before.application).name).toBe('one');
    expect(after.commit).toBe(later);
    expect(firstBuilt(after.application).name).toBe('two');
  });

  test('gives the same application as the parser, with where it was read', async () => {
    const text = definition('{ name: c }').replace(/ref: main/, `ref: main, definition: ${path}`);
    const { read } = await committed({ [path]: text });
    const { application } = await read();
    expect(application.definition).toEqual({
      source: { git: 'https://git.example.com/shop.git', ref: 'main' },
      path,
    });
  });

  test('builds from the same commit where the definition names no source', async () => {
    const text = definition('{ name: c }').replace(/ {2}source: .*\n/, '');
    const { repository, commit, read } = await committed({ [path]: text });
    const { application } = await read();
    expect(firstBuilt(application).source).toEqual({ git: repository.url, ref: commit });
  });

  test('takes the registry that it is given for a definition without one', async () => {
    const text = definition('{ name: c }').replace(/ {2}registry: .*\n/, '');
    const { read } = await committed({ [path]: text });
    const { application } = await read({ registry: 'registry.example.com' });
    expect(firstBuilt(application).repository).toBe('registry.example.com/shop/api-c');
    await expect(read()).rejects.toMatchObject({
      type: 'InvalidDefinition',
      message: expect.stringContaining('spec.registry'),
    });
  });

  test('follows a link inside the repository', async () => {
    const { read } = await committed({
      [path]: { link: '../real.yaml' },
      'real.yaml': definition('{ name: linked }'),
    });
    expect(firstBuilt((await read()).application).name).toBe('linked');
  });

  test.each<[string, Record<string, TestFile>, string, string]>([
    ['no file', { other: 'x' }, 'SourceNotFound', `no file ${path}`],
    ['a directory', { [`${path}/x`]: 'x' }, 'SourceNotFound', 'is not a file'],
    ['a link out', { [path]: { link: '../../outside' } }, 'ContextRefused', path],
    ['an absolute link', { [path]: { link: '/etc/hostname' } }, 'ContextRefused', path],
    ['a link to nothing outside', { [path]: { link: '/nowhere/x' } }, 'ContextRefused', path],
    ['a directory that is a link out', { deploy: { link: '..' } }, 'ContextRefused', path],
    ['git’s own files', { [path]: { link: '../.git/config' } }, 'SourceNotFound', path],
    ['a dangling link', { [path]: { link: 'nowhere' } }, 'SourceNotFound', path],
    ['bytes', { [path]: Buffer.from([0xff, 0xfe]) }, 'InvalidDefinition', 'not UTF-8'],
    ['too much', { [path]: '#'.repeat(1024 * 1024 + 1) }, 'InvalidDefinition', 'bytes'],
    ['nothing', { [path]: '' }, 'InvalidDefinition', `${path}:1:1: the document is empty`],
  ])('refuses %s', async (_what, files, type, message) => {
    const { read } = await committed(files);
    await expect(read()).rejects.toMatchObject({
      type,
      nonRetryable: true,
      message: expect.stringContaining(message),
    });
  });

  test('tells every problem with its place, the repository and the commit', async () => {
    const { repository, commit, read } = await committed({
      [path]: definition('{ name: Server, contxt: x }'),
    });
    const refused = (await read().catch((error: unknown) => error)) as Error;
    expect(refused).toMatchObject({ type: 'InvalidDefinition', nonRetryable: true });
    const [head, ...lines] = refused.message.split('\n');
    expect(head).toBe(`the definition in ${repository.url} at ${commit} is refused:`);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^deploy\/slipway\.yaml:10:\d+: spec\./);
  });

  test('says how many problems there was no room for', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `{ name: C${index} }`);
    const { read } = await committed({ [path]: definition(...many) });
    const { message } = (await read().catch((error: unknown) => error)) as Error;
    expect(message.length).toBeLessThan(5000);
    const shown = message.split('\n').filter((line) => line.startsWith(path)).length;
    expect(shown).toBeGreaterThan(10);
    expect(message.endsWith(`\n… and ${100 - shown} more`)).toBe(true);
  });

  test('keeps a password out of the failure', async () => {
    const { read } = await committed({
      [path]: definition('{ name: c, source: { git: "https://me:hunter2@e.com/x", ref: m } }'),
    });
    const refused = (await read().catch((error: unknown) => error)) as Error;
    expect(refused.message).toContain('the URL has credentials in it');
    expect(refused.message).not.toContain('hunter2');
  });

  test('throws what the repository does', async () => {
    const { repository, read } = await committed({ [path]: definition('{ name: c }') });
    const source = { git: repository.url, ref: 'gone' };
    await expect(read({ definition: { source, path } })).rejects.toMatchObject({
      type: 'SourceNotFound',
      message: expect.stringContaining('no branch or tag gone'),
    });
  });
});
