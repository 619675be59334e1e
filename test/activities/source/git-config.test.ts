import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatGitConfig,
  parseConfigList,
  shellWord,
} from '../../../activities/source/git-config.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('git reads back every value', async () => {
  const file = join(await temporaryDirectory(), 'config');
  const unit = fc.constantFrom(...'ab "\\\';#\t\nö$%=[]'.split(''));
  const name = fc.constantFrom('remote.origin.url', 'credential.helper', 'core.sshcommand');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.string({ unit, maxLength: 20 })), { maxLength: 5 }),
      async (entries) => {
        await writeFile(file, formatGitConfig(entries));
        const output = execFileSync('git', ['config', '--file', file, '--null', '--list']);
        expect(parseConfigList(output.toString())).toEqual(entries);
      },
    ),
    { numRuns: 40 },
  );
});

test('a key without a value is true, as in git', () => {
  expect(parseConfigList('a.b\0c.d\ne\nf\0')).toEqual([
    ['a.b', 'true'],
    ['c.d', 'e\nf'],
  ]);
});

test('a shell takes a path as one word, whatever is in it', () => {
  const path = fc.string({ unit: fc.constantFrom(...'a \'"$`;\\*~&|'.split('')), minLength: 1 });
  fc.assert(
    fc.property(path, (text) => {
      const output = execFileSync('sh', ['-c', `printf '[%s]' ${shellWord(text)}`]);
      expect(output.toString()).toBe(`[${text}]`);
    }),
    { numRuns: 40 },
  );
});
