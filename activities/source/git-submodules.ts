import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../workflows/contract/failures.ts';
import type { Git } from './git-command.ts';
import { parseConfigList, type ConfigEntry } from './git-config.ts';
import { isWithin } from './file-repository.ts';

/** A repository that a commit refers to. */
export interface Submodule {
  /** Relative to the tree that refers to it. */
  readonly path: string;
  readonly commit: string;
  /** As `.gitmodules` has it: it may be relative to the parent's URL. */
  readonly url: string;
}

/**
 * The submodules of a commit, those with `update = none` left out. `.gitmodules` alone does not
 * make one: the tree decides, as in git.
 *
 * Throws `SourceNotFound` for one that `.gitmodules` does not know; other errors are git's.
 *
 * @param git needs no remote
 */
export async function listSubmodules(
  git: Git,
  gitDir: string,
  commit: string,
): Promise<readonly Submodule[]> {
  const links = parseLinks(await git(['ls-tree', '-r', '-z', '--full-tree', commit], { gitDir }));
  if (links.length === 0) return [];
  const known = modulesByPath(await readConfigFile(git, gitDir, commit, '.gitmodules'));
  return links.flatMap(({ path, commit: pinned }) => {
    const module = known.get(path);
    if (module?.update === 'none') return [];
    if (module?.url === undefined) {
      throw failure('SourceNotFound', `.gitmodules has no URL for the submodule ${path}`);
    }
    return [{ path, commit: pinned, url: module.url }];
  });
}

/** The entries of a configuration file in a commit; none where there is no such file. */
export async function readConfigFile(
  git: Git,
  gitDir: string,
  commit: string,
  name: string,
): Promise<readonly ConfigEntry[]> {
  const found = await git(['ls-tree', '-z', '--full-tree', commit, '--', name], { gitDir });
  if (found === '') return [];
  // git reads no file that one of these includes.
  const blob = `--blob=${commit}:${name}`;
  return parseConfigList(await git(['config', '--null', blob, '--list'], { gitDir }));
}

/** `160000 commit <id>\t<path>` for each submodule, ended by NUL. */
function parseLinks(output: string): readonly { readonly path: string; readonly commit: string }[] {
  return output.split('\0').flatMap((line) => {
    const match = /^160000 commit ([0-9a-f]{40})\t(.+)$/s.exec(line);
    return match === null ? [] : [{ commit: match[1] ?? '', path: match[2] ?? '' }];
  });
}

function modulesByPath(entries: readonly ConfigEntry[]) {
  const byName = new Map<string, { path?: string; url?: string; update?: string }>();
  for (const [name, value] of entries) {
    const match = /^submodule\.(.+)\.(path|url|update)$/s.exec(name);
    if (match === null) continue;
    const [, module = '', key = ''] = match;
    byName.set(module, { ...byName.get(module), [key]: value });
  }
  return new Map([...byName.values()].map((module) => [module.path, module]));
}

/**
 * The URL of a submodule: one that starts with `./` or `../` is relative to the parent's own.
 * Throws `SourceNotFound` where it leads above the server's root.
 */
export function submoduleUrl(parent: string, url: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  const [, base = '', path = ''] = /^(\w+:\/\/[^/]*\/|[^/]*:\/?)(.*)$/.exec(parent) ?? [];
  const segments = path.split('/').filter((segment) => segment !== '');
  for (const segment of url.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') {
      segments.push(segment);
    } else if (segments.pop() === undefined) {
      throw failure('SourceNotFound', `the URL ${url} leads out of ${base}`);
    }
  }
  return base + segments.join('/');
}

/**
 * The empty directory that the parent's checkout made for a submodule. Throws `SourceNotFound`
 * when it is anything else: a tree may be made to hold a link of that name.
 *
 * @param root real path of the tree that nothing leaves
 */
export async function submoduleDirectory(
  root: string,
  parent: string,
  path: string,
): Promise<string> {
  const directory = join(parent, path);
  const real = await realpath(directory).catch(() => null);
  if (real === directory && isWithin(real, root) && (await lstat(real)).isDirectory()) return real;
  throw failure('SourceNotFound', `the submodule's path ${path} is not a directory of its tree`);
}
