import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { describe, expect, test } from 'vitest';
import { mirrorExamples } from '../../../cli/demo/mirror-examples.ts';
import { UsageError } from '../../../cli/exit.ts';
import { createRepository, writeFiles } from '../../support/git-repository.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const files = {
  'README.md': 'not an example',
  'examples/shop/slipway.yaml': 'kind: Application\n',
  'examples/shop/server/run.sh': { script: '#!/bin/sh\n' },
  'examples/shop/server/.gitignore': 'kept\n',
  'examples/shop/server/kept': 'committed although ignored\n',
  'examples/shop/link': { link: 'slipway.yaml' },
  'examples/tiny/Dockerfile': 'FROM scratch\n',
} as const;

async function setting() {
  const repository = await createRepository();
  await repository.commit(files);
  const target = join(await temporaryDirectory(), 'sources');
  const mirrored = (): Promise<readonly string[]> => mirrorExamples(repository.directory, target);
  const head = (name: string) => simpleGit(join(target, name)).revparse(['HEAD']);
  return { repository, target, mirrored, head };
}

describe('the mirrored examples', () => {
  test('are repositories of the committed state, checked out', async () => {
    const { repository, target, mirrored } = await setting();
    expect(await mirrored()).toEqual(['shop', 'tiny']);
    for (const name of ['shop', 'tiny']) {
      const git = simpleGit(join(target, name));
      const tree = await git.revparse(['HEAD^{tree}']);
      expect(tree).toBe(await repository.git('rev-parse', `HEAD:examples/${name}`));
      expect((await git.status()).isClean()).toBe(true);
    }
    const { mode } = await stat(join(target, 'shop', 'server', 'run.sh'));
    expect(mode & 0o100).toBe(0o100);
    expect(await readFile(join(target, 'shop', 'link'), 'utf8')).toBe('kind: Application\n');
  });

  test('have one commit, the same wherever and whenever it is made', async () => {
    const one = await setting();
    const other = await setting();
    await other.repository.commit({ 'README.md': 'another history' });
    await Promise.all([one.mirrored(), other.mirrored()]);
    const commit = await one.head('shop');
    expect(await other.head('shop')).toBe(commit);
    await one.mirrored();
    expect(await one.head('shop')).toBe(commit);
    const git = simpleGit(join(one.target, 'shop'));
    expect(await git.raw(['rev-list', '--count', '--all'])).toBe('1\n');
  });

  test('follow a committed edit, in the example that it is in', async () => {
    const { repository, target, mirrored, head } = await setting();
    await mirrored();
    const before = { shop: await head('shop'), tiny: await head('tiny') };
    await repository.git('rm', '--quiet', '-r', 'examples/shop/server');
    await repository.commit({ 'examples/shop/new': 'new\n' });
    await mirrored();
    expect(await head('shop')).not.toBe(before.shop);
    expect(await head('tiny')).toBe(before.tiny);
    expect((await readdir(join(target, 'shop'))).toSorted()).toEqual([
      '.git',
      'link',
      'new',
      'slipway.yaml',
    ]);
  });

  test('do not hold what is not committed', async () => {
    const { repository, target, mirrored, head } = await setting();
    await mirrored();
    const before = await head('shop');
    await writeFiles(repository.directory, { 'examples/shop/draft': 'new\n' });
    await appendFile(join(repository.directory, 'examples/shop/slipway.yaml'), 'edited\n');
    await repository.git('add', 'examples/shop/draft');
    await mirrored();
    expect(await head('shop')).toBe(before);
    expect(await readdir(join(target, 'shop'))).not.toContain('draft');
  });

  test('lose what someone changed in the mirror', async () => {
    const { target, mirrored, head } = await setting();
    await mirrored();
    const before = await head('shop');
    await writeFile(join(target, 'shop', 'slipway.yaml'), 'changed\n');
    await writeFile(join(target, 'shop', 'stray'), 'stray\n');
    await mirrored();
    expect(await head('shop')).toBe(before);
    expect(await readFile(join(target, 'shop', 'slipway.yaml'), 'utf8')).toBe(
      files['examples/shop/slipway.yaml'],
    );
    expect(await readdir(join(target, 'shop'))).not.toContain('stray');
  });
});

test('the checkout’s index and work tree stay as they are', async () => {
  const { repository, mirrored } = await setting();
  await writeFiles(repository.directory, { staged: 'staged\n', untracked: 'untracked\n' });
  await repository.git('add', 'staged');
  const state = async () => ({
    index: await readFile(join(repository.directory, '.git', 'index')),
    status: await repository.git('status', '--porcelain'),
  });
  const before = await state();
  expect(before.status).toContain('A  staged');
  await mirrored();
  expect(await state()).toEqual(before);
});

test.each([
  ['no git checkout', async () => temporaryDirectory()],
  [
    'a checkout without examples',
    async () => {
      const repository = await createRepository();
      await repository.commit({ file: '' });
      return repository.directory;
    },
  ],
])('%s is refused with what is needed', async (_what, make) => {
  const root = await make();
  const refused = mirrorExamples(root, join(await temporaryDirectory(), 'sources'));
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(
    `git ls-tree failed in ${root}; the demo builds the committed state of a git clone`,
  );
});
