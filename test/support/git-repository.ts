import { execFile } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

/** A real repository with a work tree, for tests to commit into. */
export interface TestRepository {
  readonly directory: string;
  /** `file://…` */
  readonly url: string;
  git(...arguments_: readonly string[]): Promise<string>;
  /** Writes files (a text, or a link or executable) and commits them; returns the commit. */
  commit(files: Readonly<Record<string, TestFile>>, message?: string): Promise<string>;
}

export type TestFile = string | Buffer | { readonly link: string } | { readonly script: string };

export async function createRepository(parent?: string): Promise<TestRepository> {
  const directory = join(parent ?? (await temporaryDirectory()), 'repository');
  await mkdir(directory);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
  };
  async function git(...arguments_: readonly string[]): Promise<string> {
    const { stdout } = await run('git', arguments_, { cwd: directory, env: environment });
    return stdout.trim();
  }
  await git('init', '--quiet', '--initial-branch=main');
  return {
    directory,
    url: pathToFileURL(directory).href,
    git,
    async commit(files, message = 'change') {
      await writeFiles(directory, files);
      await git('add', '--all', '--force');
      await git('commit', '--quiet', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
  };
}

/** Writes files below a directory, with their parents. */
export async function writeFiles(
  directory: string,
  files: Readonly<Record<string, TestFile>>,
): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    if (typeof file === 'string' || Buffer.isBuffer(file)) {
      await writeFile(path, file);
    } else if ('link' in file) {
      await symlink(file.link, path);
    } else {
      await writeFile(path, file.script);
      await chmod(path, 0o755);
    }
  }
}
