import { describe, expect, test } from 'vitest';
import { readIgnoreRules } from '../../../activities/source/ignore-rules.ts';
import { writeFiles } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Those of the paths that an ignore file with this text leaves out. */
async function ignored(
  text: string,
  paths: readonly string[],
  options: { readonly longest?: number } = {},
): Promise<readonly string[]> {
  const root = await temporaryDirectory();
  await writeFiles(root, { '.dockerignore': text });
  const rules = await readIgnoreRules(root, 'Dockerfile', options);
  return [...(await rules.ignored(paths))];
}

const long = 'a'.repeat(60);

describe('a rule', () => {
  // A search that goes back and forth takes minutes, and is stopped after some seconds.
  test.each([`${'*a'.repeat(9)}b`, `${'*a'.repeat(50)}b`, `${'*[a-z]'.repeat(9)}!`])(
    '%s is found not to match in a moment',
    async (rule) => {
      expect(await ignored(rule, [long, `${long}b!`])).toEqual(
        rule.endsWith('b') ? [] : [`${long}b!`],
      );
    },
  );

  test.each([
    ['a counted repetition', `${'*a'.repeat(9)}a{17}b`, [long]],
    ['a reference to what was found', `(*)${'*a'.repeat(9)}\\1b`, [long]],
    ['many directories', `${'**/a/'.repeat(80)}b`, [`${'a/'.repeat(1000)}c`]],
  ])('that takes long is refused: %s', async (_what, rule, paths) => {
    await expect(ignored(rule, paths, { longest: 200 })).rejects.toMatchObject({
      type: 'ContextRefused',
      message: expect.stringContaining('.dockerignore takes longer than 200 ms'),
    });
  });

  test('that is no pattern is refused with what is wrong', async () => {
    await expect(ignored(`lib${'+'.repeat(10_000)}`, ['a'])).rejects.toMatchObject({
      type: 'ContextRefused',
      message: expect.stringMatching(/^\.dockerignore has a rule that is no pattern: .{0,500}$/),
    });
  });
});

test('paths are told apart however many there are', async () => {
  const paths = Array.from({ length: 2_500 }, (_, index) => `${index}.${index % 2 ? 'md' : 'ts'}`);
  const found = await ignored('*.md', paths);
  expect(found).toEqual(paths.filter((path) => path.endsWith('.md')));
});

test('a file that is too large is refused with its size and the limit', async () => {
  const rule = 'a-rule-of-no-use\n';
  const text = rule.repeat(Math.ceil((256 * 1024 + 1) / rule.length));
  await expect(ignored(text, [])).rejects.toMatchObject({
    type: 'ContextRefused',
    message: expect.stringContaining(`.dockerignore has ${text.length} bytes; at most 262144`),
  });
  expect(await ignored(text.slice(0, 256 * 1024), ['a'])).toEqual([]);
});
