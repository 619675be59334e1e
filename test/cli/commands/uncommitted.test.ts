import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { uncommittedNote } from '../../../cli/commands/uncommitted.ts';
import { definition, parsed } from '../../definition/definitions.ts';
import { createRepository, writeFiles } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** What is said of containers with these contexts when `changes` are made and not committed. */
async function noteOf(changes: Readonly<Record<string, string>>, context = 'api') {
  const repository = await createRepository();
  await repository.commit({ 'api/a': '1', 'web/b': '1', '.gitignore': '*.log' });
  await writeFiles(repository.directory, changes);
  const text = definition(`{ name: server, context: ${context} }`);
  const source = `source: { git: "${repository.url}", ref: main }`;
  return uncommittedNote(parsed(text.replace(/source: .*/, source)));
}

describe('what is not committed', () => {
  test.each<[string, Record<string, string>, string?]>([
    ['a changed file', { 'api/a': '2' }],
    ['a new file', { 'api/new': '1' }],
    ['a file of a new folder', { 'api/new/deep': '1' }],
    ['a file anywhere of a context that is the whole repository', { 'web/b': '2' }, '.'],
    ['a context that is new', { 'new/api/a': '1' }, 'new/api'],
  ])('is told: %s', async (_what, changes, context) => {
    expect(await noteOf(changes, context)).toMatch(/^not committed, and so not built: /);
  });

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['a file outside the context', { 'web/b': '2', 'api2/c': '1' }],
    ['an ignored file', { 'api/a.log': '1' }],
  ])('is not told: %s', async (_what, changes) => {
    expect(await noteOf(changes)).toBeNull();
  });

  test('is told by three names', async () => {
    const files = { 'api/b': '', 'api/c': '', 'api/d': '', 'api/e': '' };
    expect(await noteOf(files)).toBe(
      'not committed, and so not built: api/b, api/c, api/d and 1 more',
    );
  });

  test('is none of a remote repository, and of one that is not there', async () => {
    const text = definition('{ name: server }');
    expect(await uncommittedNote(parsed(text))).toBeNull();
    const gone = `git: "file://${join(await temporaryDirectory(), 'gone')}"`;
    expect(await uncommittedNote(parsed(text.replace(/git: [^,]+/, gone)))).toBeNull();
  });
});
