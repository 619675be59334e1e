import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createRepository, writeFiles } from '../../support/git-repository.ts';
import { testTrees } from '../../support/git-trees.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A repository outside the roots, and a place under them to point at it from. */
async function scene() {
  const outside = await createRepository();
  const commit = await outside.commit({ 'secret.txt': 'planted' });
  const base = await temporaryDirectory();
  const root = join(base, 'root');
  await mkdir(root);
  const { trees } = await testTrees({ fileRoots: [root] });
  return { outside: join(outside.directory, '.git'), commit, base, root, trees };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** A repository's own skeleton, without objects. */
const skeleton = { HEAD: 'ref: refs/heads/main\n', 'refs/keep': '', 'objects/keep': '' };

const escapes: Readonly<
  Record<string, (scene: Scene, path: string) => Promise<void> | Promise<void[]>>
> = {
  '.git as a gitfile': ({ outside }, path) => writeFiles(path, { '.git': `gitdir: ${outside}\n` }),
  'a gitfile of a relative path': ({ outside }, path) =>
    writeFiles(path, { '.git': `gitdir: ${relative(path, outside)}` }),
  '.git as a link': ({ outside }, path) => writeFiles(path, { '.git': { link: outside } }),
  HEAD: ({ outside }, path) =>
    writeFiles(path, { ...skeleton, HEAD: { link: join(outside, 'HEAD') } }),
  commondir: ({ outside }, path) =>
    writeFiles(path, { HEAD: skeleton.HEAD, commondir: `${outside}\n` }),
  objects: ({ outside }, path) =>
    writeFiles(path, {
      HEAD: skeleton.HEAD,
      'refs/keep': '',
      objects: { link: join(outside, 'objects') },
    }),
  'packed-refs': ({ outside }, path) =>
    writeFiles(path, { ...skeleton, 'packed-refs': { link: join(outside, 'HEAD') } }),
  'a link among the objects': ({ outside }, path) =>
    writeFiles(path, { ...skeleton, 'objects/pack': { link: join(outside, 'objects', 'pack') } }),
  'objects/info/alternates': ({ outside, commit }, path) =>
    writeFiles(path, {
      ...skeleton,
      'refs/heads/main': commit,
      'objects/info/alternates': `# of a clone\n${join(outside, 'objects')}\n`,
    }),
  'alternates of alternates': async ({ outside, commit, root }, path) => {
    await writeFiles(path, {
      ...skeleton,
      'refs/heads/main': commit,
      'objects/info/alternates': '../../../middle\n',
    });
    await writeFiles(join(root, 'middle'), { 'info/alternates': join(outside, 'objects') });
  },
  'alternates of alternates that are linked as well': async ({ outside, root }, path) => {
    await writeFiles(path, {
      ...skeleton,
      'objects/aa': { link: '../../middle' },
      'objects/info/alternates': '../../middle\n',
    });
    await writeFiles(join(root, 'middle'), { 'info/alternates': join(outside, 'objects') });
  },
  'a quoted alternate, also beside a directory of that name': ({ outside, commit }, path) => {
    const alternate = `"${join(outside, 'objects')}"`;
    return writeFiles(path, {
      ...skeleton,
      'refs/heads/main': commit,
      [`objects/${alternate}/keep`]: '',
      'objects/info/alternates': `${alternate}\n`,
    });
  },
  'objects that another name links to as well': async ({ outside, root }, path) => {
    await writeFiles(path, {
      HEAD: skeleton.HEAD,
      'refs/keep': '',
      a: { link: '../middle' },
      objects: { link: '../middle' },
    });
    await writeFiles(join(root, 'middle'), { pack: { link: join(outside, 'objects', 'pack') } });
  },
  'the repository beside it that git tries next': async ({ outside }, path) => {
    await mkdir(path);
    await symlink(outside, `${path}.git`);
  },
};

test.each(Object.keys(escapes))('%s does not lead out of the roots', async (name) => {
  const made = await scene();
  const { root, commit, outside, trees } = made;
  const path = join(root, 'shop');
  await escapes[name]!(made, path);
  const git = pathToFileURL(path).href;
  const refused = {
    type: 'SourceNotFound',
    nonRetryable: true,
    message: expect.stringMatching(
      new RegExp(`^the source ${git} .* under SLIPWAY_FILE_ROOTS \\(${root}\\).*https://`),
    ),
  };
  await expect(trees.resolve({ git, ref: 'main' })).rejects.toMatchObject(refused);
  const reading = trees.withTree({ git, ref: 'main', commit }, () => Promise.resolve('read'));
  await expect(reading).rejects.toMatchObject(refused);
  await expect(reading).rejects.not.toThrow(outside);
});

test('the answer is the same whether there is something outside or not', async () => {
  const { base, root, outside, trees } = await scene();
  const path = join(root, 'shop');
  const git = pathToFileURL(path).href;
  const answers: string[] = [];
  for (const target of [outside, join(base, 'absent')]) {
    await writeFiles(path, { '.git': `gitdir: ${target}\n` });
    answers.push(await trees.resolve({ git, ref: 'main' }).catch(String));
  }
  expect(answers[0]).toContain('shop/.git leads to a place that is not under them');
  expect(answers[1]).toBe(answers[0]);
});

test.each(['a work tree of its own', 'a clone that borrows objects', 'a git directory elsewhere'])(
  'inside the roots, %s is a source',
  async (kind) => {
    const { root, trees } = await scene();
    const repository = await createRepository(root);
    const commit = await repository.commit({ 'main.txt': 'one' });
    const path = join(root, 'shop');
    if (kind === 'a work tree of its own') {
      await repository.git('worktree', 'add', '--quiet', '-b', 'topic', path);
    } else if (kind === 'a clone that borrows objects') {
      await repository.git('clone', '--quiet', '--shared', repository.directory, path);
    } else {
      await mkdir(path);
      await rename(join(repository.directory, '.git'), join(root, 'elsewhere'));
      await writeFile(join(path, '.git'), 'gitdir: ../elsewhere\n');
      await symlink('/etc/hostname', join(root, 'elsewhere', 'hooks', 'pre-push'));
    }
    const git = pathToFileURL(path).href;
    expect(await trees.resolve({ git, ref: 'main' })).toBe(commit);
    await trees.withTree({ git, ref: 'main', commit }, () => Promise.resolve());
  },
);

test('a repository is a source whatever lies beside it', async () => {
  const { outside, trees, root } = await scene();
  const repository = await createRepository(root);
  const commit = await repository.commit({ 'main.txt': 'one' });
  await symlink(outside, `${repository.directory}.git`);
  expect(await trees.resolve({ git: repository.url, ref: 'main' })).toBe(commit);
  await rm(join(repository.directory, '.git'), { recursive: true });
  await expect(trees.resolve({ git: repository.url, ref: 'main' })).rejects.toMatchObject({
    message: expect.stringContaining('SLIPWAY_FILE_ROOTS'),
  });
});
