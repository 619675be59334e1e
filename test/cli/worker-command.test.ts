import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fingerprint, projectRoot, workerCommand } from '../../cli/worker-command.ts';
import { writeFiles } from '../support/git-repository.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('the worker runs on this Node, from this checkout', () => {
  const { command, args, environment } = workerCommand();
  expect(command).toBe(process.execPath);
  expect(args).toHaveLength(1);
  expect(existsSync(args[0] ?? '')).toBe(true);
  expect(relative(projectRoot, args[0] ?? '')).toBe(join('worker', 'main.ts'));
  expect(environment).toEqual({});
});

describe('the fingerprint', () => {
  async function checkout(): Promise<string> {
    const root = await temporaryDirectory();
    await writeFiles(root, {
      'package-lock.json': '{}',
      'package.json': '{}',
      'activities/source/fetch.ts': 'fetch',
      'definition/parse.ts': 'parse',
      'worker/main.ts': 'main',
      'workflows/contract/ids.ts': 'ids',
      'cli/main.ts': 'cli',
      'test/worker/a.test.ts': 'test',
    });
    return root;
  }

  test('is that of the code, not of the place', async () => {
    const [one, other] = await Promise.all([checkout(), checkout()]);
    expect(fingerprint(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint(other)).toBe(fingerprint(one));
    expect(workerCommand().fingerprint).toBe(fingerprint(projectRoot));
  });

  test.each<[string, (root: string) => Promise<unknown>]>([
    ['a file is edited', (root) => writeFile(join(root, 'definition/parse.ts'), 'parsed')],
    ['a file is new', (root) => writeFile(join(root, 'activities/source/pack.ts'), '')],
    ['a file is gone', (root) => rm(join(root, 'workflows/contract/ids.ts'))],
    [
      'a file has another name',
      (root) => rename(join(root, 'definition/parse.ts'), join(root, 'definition/read.ts')),
    ],
    ['dependencies change', (root) => writeFile(join(root, 'package-lock.json'), '{ }')],
  ])('changes when %s', async (_what, change) => {
    const root = await checkout();
    const before = fingerprint(root);
    await change(root);
    expect(fingerprint(root)).not.toBe(before);
  });

  test.each(['cli/main.ts', 'test/worker/a.test.ts', 'worker/notes.md'])(
    'does not change with %s',
    async (path) => {
      const root = await checkout();
      const before = fingerprint(root);
      await writeFile(join(root, path), 'other');
      expect(fingerprint(root)).toBe(before);
    },
  );

  test('covers every file of this project that a worker loads', async () => {
    const loaded = await closure(join(projectRoot, 'worker', 'main.ts'));
    const folders = new Set([...loaded].map((file) => relative(projectRoot, file).split('/')[0]));
    expect(folders).toEqual(
      new Set(['activities', 'definition', 'package.json', 'worker', 'workflows']),
    );
  });
});

/** A module and what it imports at run time, here of this project: `import type` loads nothing. */
async function closure(entry: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const text = await readFile(entry, 'utf8');
  const imports = text.matchAll(
    /^(?:import|export)\s(?!type\b)[^;]*?\bfrom '(\.[^']+)'|\b(?:import|new URL)\('(\.[^']+\.ts)'/gm,
  );
  for (const [, named, dynamic] of imports) {
    await closure(join(dirname(entry), named ?? dynamic ?? ''), seen);
  }
  return seen;
}
