import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { placeholderWarnings } from '../../../activities/source/placeholder-warnings.ts';
import { writeFiles } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const files = {
  '.gitmodules':
    '[submodule "a"]\n\tpath = vendor/a\n\turl = ../a\n[submodule "b"]\n\tpath = "api/b c"\n\turl = ../b\n',
  '.gitattributes': '# *.txt filter=lfs\n*.bin filter=lfs diff=lfs -text\n',
};

async function warningsFor(
  context: string,
  source: { readonly submodules?: boolean; readonly lfs?: boolean },
  written: Readonly<Record<string, string>> = files,
): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFiles(directory, written);
  return (await placeholderWarnings(directory, context, source)).join('\n');
}

describe('placeholderWarnings', () => {
  test('names what the source does not ask for', async () => {
    const text = await warningsFor('.', {});
    expect(text).toContain('(vendor/a, api/b c)');
    expect(text).toContain('`submodules: true`');
    expect(text).toContain('`lfs: true`');
  });

  test('says nothing of what it asks for', async () => {
    expect(await warningsFor('.', { submodules: true, lfs: true })).toBe('');
    expect(await warningsFor('.', { lfs: true })).not.toContain('lfs');
    expect(await warningsFor('.', { submodules: true })).not.toContain('submodules');
  });

  test('names submodules in the context only', async () => {
    expect(await warningsFor('api', { lfs: true })).toContain('(api/b c)');
    expect(await warningsFor('vendor/a', { lfs: true })).toContain('(vendor/a)');
    expect(await warningsFor('ven', { lfs: true })).toBe('');
    expect(await warningsFor('web', { lfs: true })).toBe('');
  });

  test('says nothing of a repository without either', async () => {
    expect(await warningsFor('.', {}, { 'main.txt': 'x' })).toBe('');
    expect(await warningsFor('.', {}, { '.gitattributes': '# a filter=lfs\n*.sh text\n' })).toBe(
      '',
    );
  });

  // What a repository holds must not stop the worker: its heartbeats come from the same thread.
  test.each([
    ['empty lines', '\n'.repeat(250_000)],
    ['one long line', `path = a${' '.repeat(250_000)}"x`],
  ])('reads %s in no time', async (_which, text) => {
    const started = performance.now();
    await warningsFor('.', {}, { '.gitmodules': text });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('follows no link', async () => {
    const outside = await temporaryDirectory();
    await writeFiles(outside, files);
    const directory = await temporaryDirectory();
    await symlink(join(outside, '.gitattributes'), join(directory, '.gitattributes'));
    expect(await placeholderWarnings(directory, '.', {})).toEqual([]);
  });
});
