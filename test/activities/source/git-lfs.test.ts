import { describe, expect, test } from 'vitest';
import type { Git } from '../../../activities/source/git-command.ts';
import { fetchLfsFiles } from '../../../activities/source/git-lfs.ts';
import { gitLocation } from '../../../activities/source/git-location.ts';

const commit = 'c'.repeat(40);

/** Fetches from a repository whose `.lfsconfig` names the server; returns what git was told to do. */
async function fetched(source: string, server: string): Promise<readonly string[]> {
  let told: readonly string[] = [];
  const git: Git = async (arguments_) => {
    if (arguments_[0] === 'ls-tree') return `100644 blob ${commit}\t.lfsconfig\0`;
    if (arguments_[0] === 'config') return `lfs.url\n${server}\0`;
    told = arguments_;
    return '';
  };
  await fetchLfsFiles(git, '/repository.git', commit, await gitLocation(source, []));
  return told;
}

describe('the LFS server that a repository names', () => {
  test.each([
    ['https://git.test/shop.git', 'https://lfs.test/shop'],
    ['ssh://git@git.test/shop.git', 'ssh://git@git.test/lfs/shop'],
    ['git@git.test:shop.git', 'https://lfs.test/shop'],
  ])('of %s may be %s', async (source, server) => {
    expect(await fetched(source, server)).toEqual([
      '-c',
      `lfs.url=${server}`,
      'lfs',
      'fetch',
      'origin',
      commit,
    ]);
  });

  // ssh without a key of the source would take one of the worker's own user.
  test.each([
    ['ssh://git@git.test/shop.git', 'ssh://git@lfs.test/shop'],
    ['https://git.test/shop.git', 'ssh://git@git.test/shop'],
    ['https://git.test/shop.git', 'git@lfs.test:shop'],
  ])('of %s may not be %s', async (source, server) => {
    await expect(fetched(source, server)).rejects.toMatchObject({
      type: 'SourceNotFound',
      message: expect.stringContaining(server),
    });
  });

  test('is no directory of this machine', async () => {
    await expect(fetched('https://git.test/shop.git', 'file:///srv')).rejects.toMatchObject({
      type: 'SourceNotFound',
    });
  });
});
