import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTreeCache, type TreeLimits } from '../../../activities/source/tree-cache.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function cacheWith(limits: TreeLimits) {
  const parent = await temporaryDirectory();
  const [trees, temporary] = [join(parent, 'trees'), join(parent, 'temporary')];
  await Promise.all([mkdir(trees), mkdir(temporary)]);
  const made: string[] = [];
  const open = () => createTreeCache(trees, temporary, limits);
  return { trees, temporary, made, open, cache: open(), maker };

  function maker(key: string, bytes = 1) {
    return async (path: string) => {
      made.push(key);
      await mkdir(path);
      await writeFile(join(path, 'content'), 'x'.repeat(bytes));
    };
  }
}

const read = (directory: string) => readFile(join(directory, 'content'), 'utf8');
const unlimited: TreeLimits = { count: 100, bytes: 1e9 };

describe('withTree', () => {
  test('makes a tree once for all who ask at the same time', async () => {
    const { cache, maker, made } = await cacheWith(unlimited);
    const texts = await Promise.all(
      ['a', 'b', 'a', 'b', 'a'].map((key) => cache.withTree(key, maker(key), read)),
    );
    expect(texts).toEqual(['x', 'x', 'x', 'x', 'x']);
    expect(made.toSorted()).toEqual(['a', 'b']);
  });

  test('shares a failure, leaves nothing of it, and tries again for the next', async () => {
    const { cache, maker, trees, temporary } = await cacheWith(unlimited);
    const broken = async (path: string) => {
      await mkdir(path);
      throw new Error('broken');
    };
    const results = await Promise.allSettled([1, 2].map(() => cache.withTree('a', broken, read)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([await readdir(trees), await readdir(temporary)]).toEqual([[], []]);
    expect(await cache.withTree('a', maker('a'), read)).toBe('x');
  });

  test('tries again where the disk could not be read', async () => {
    const { cache, maker, trees } = await cacheWith(unlimited);
    await rm(trees, { recursive: true });
    await expect(cache.withTree('a', maker('a'), read)).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(trees);
    expect(await cache.withTree('a', maker('a'), read)).toBe('x');
  });

  test('a user that fails does not take the tree along', async () => {
    const { cache, maker, made } = await cacheWith(unlimited);
    await expect(
      cache.withTree('a', maker('a'), () => Promise.reject(new Error('mine'))),
    ).rejects.toThrow('mine');
    await cache.withTree('a', maker('a'), read);
    expect(made).toEqual(['a']);
  });

  test('keeps to its bytes', async () => {
    const { cache, maker, trees, temporary } = await cacheWith({ count: 100, bytes: 250 });
    for (const key of ['a', 'b', 'a', 'c']) await cache.withTree(key, maker(key, 100), read);
    expect((await readdir(trees)).toSorted()).toEqual(['a', 'c']);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('adopts what is there, and counts it', async () => {
    const { open, maker, made, trees } = await cacheWith({ count: 2, bytes: 1e9 });
    await open().withTree('a', maker('a'), read);
    const next = open();
    await next.withTree('a', maker('a'), read);
    for (const key of ['b', 'c']) await next.withTree(key, maker(key), read);
    expect(made).toEqual(['a', 'b', 'c']);
    expect((await readdir(trees)).toSorted()).toEqual(['b', 'c']);
  });

  test('makes a tree again that somebody removed', async () => {
    const { cache, maker, made, trees } = await cacheWith(unlimited);
    await cache.withTree('a', maker('a'), read);
    await rm(join(trees, 'a'), { recursive: true });
    expect(await cache.withTree('a', maker('a'), read)).toBe('x');
    expect(made).toEqual(['a', 'a']);
  });

  test('makes room where somebody has done so already', async () => {
    const { cache, maker, trees, temporary } = await cacheWith({ count: 1, bytes: 1e9 });
    await cache.withTree('a', maker('a'), read);
    await rm(join(trees, 'a'), { recursive: true });
    expect(await cache.withTree('b', maker('b'), read)).toBe('x');
    expect(await cache.withTree('c', maker('c'), read)).toBe('x');
    expect([await readdir(trees), await readdir(temporary)]).toEqual([['c'], []]);
  });
});
