import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../exit.ts';

const run = promisify(execFile);

/** The same tree always becomes the same commit: one root commit of a fixed author and date. */
const identity = {
  GIT_AUTHOR_NAME: 'Slipway demo',
  GIT_AUTHOR_EMAIL: 'demo@slipway.invalid',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'Slipway demo',
  GIT_COMMITTER_EMAIL: 'demo@slipway.invalid',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

/**
 * Makes `<target>/<example>` a git repository, with a work tree, that holds the committed state of
 * `examples/<example>` in the checkout `root`.
 *
 * @returns the examples' names
 * @throws UsageError when `root` is no git checkout
 */
export async function mirrorExamples(root: string, target: string): Promise<readonly string[]> {
  const names = (await git(root, ['ls-tree', '--name-only', '-d', 'HEAD:examples']))
    .split('\n')
    .filter(Boolean);
  for (const name of names) await mirror(root, name, join(target, name));
  return names;
}

async function mirror(root: string, name: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await git(directory, ['init', '--quiet', '--initial-branch=main']);
  for (const entry of await readdir(directory)) {
    if (entry !== '.git') await rm(join(directory, entry), { recursive: true });
  }
  // An index of our own: the checkout's stays untouched.
  const temporary = await mkdtemp(join(tmpdir(), 'slipway-index-'));
  try {
    const index = { GIT_INDEX_FILE: join(temporary, 'index') };
    await git(root, ['read-tree', `HEAD:examples/${name}`], index);
    await git(root, ['checkout-index', '--all', `--prefix=${directory}/`], index);
  } finally {
    await rm(temporary, { recursive: true });
  }
  await git(directory, ['add', '--all', '--force']);
  const tree = (await git(directory, ['write-tree'])).trim();
  const commit = await git(directory, ['commit-tree', tree, '-m', `Example ${name}`], identity);
  await git(directory, ['reset', '--quiet', '--hard', commit.trim()]);
}

async function git(
  directory: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  try {
    const { stdout } = await run('git', ['-C', directory, ...args], {
      env: { ...process.env, ...environment },
    });
    return stdout;
  } catch (cause) {
    throw new UsageError(
      `git ${args[0]} failed in ${directory}; the demo builds the committed state of a git clone`,
      { cause },
    );
  }
}
