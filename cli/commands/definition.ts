import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { simpleGit } from 'simple-git';
import type { Application, Source } from '../../workflows/contract/application.ts';
import { formatProblems } from '../../definition/problem.ts';
import { parseDefinition } from '../../definition/parse.ts';
import { DefinitionRefused, UsageError } from '../exit.ts';

/** What a definition without a source is built from: its repository's commit, or its branch. */
export type FollowedRef = 'commit' | 'branch';

/**
 * @param fallback the source of a definition that has none and is in no repository
 * @param follow of the definition's own repository, what is built when it has no source
 * @throws DefinitionRefused with every problem in its message; UsageError when FILE can't be read
 */
export async function readDefinition(
  file: string,
  settings: NodeJS.ProcessEnv,
  fallback: Source | null = null,
  follow: FollowedRef = 'commit',
): Promise<Application> {
  return parseText(readText(file), file, settings, fallback, follow);
}

/** @throws UsageError when FILE can't be read */
export function readText(file: string): string {
  try {
    return file === '-' ? readFileSync(0, 'utf8') : readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the definition ${file}`, { cause });
  }
}

/** As `readDefinition`, of a text that has been read from FILE. */
export async function parseText(
  text: string,
  file: string,
  settings: NodeJS.ProcessEnv,
  fallback: Source | null = null,
  follow: FollowedRef = 'commit',
): Promise<Application> {
  const registry = settings['SLIPWAY_DEFAULT_REGISTRY'];
  const source = (file === '-' ? null : await repositoryOf(file, follow)) ?? fallback;
  const parsed = parseDefinition(text, {
    file,
    ...(registry === undefined ? {} : { registry }),
    ...(source === null ? {} : { source }),
  });
  if (parsed.ok) return parsed.application;
  const problems = formatProblems(parsed.problems);
  const lacksSource = parsed.problems.some(
    ({ path, message }) => path === 'spec.source' && message.includes('is missing'),
  );
  const remedy = follow === 'branch' ? branchNeeded : commitNeeded;
  throw new DefinitionRefused(lacksSource ? `${problems}\n${remedy}` : problems);
}

const commitNeeded =
  'Without `source` the commit is built that the definition’s own git repository has checked out: put the file into one, and commit.';

const branchNeeded =
  'A schedule follows a branch: name one in `source`, or check one out where the definition lies.';

/**
 * A definition without `source` is built from the commit, or the branch, that its own git
 * repository has checked out; null when the file is in none, or no branch is checked out.
 */
async function repositoryOf(file: string, follow: FollowedRef): Promise<Source | null> {
  const root = await checkoutRoot(dirname(file));
  if (root === null) return null;
  try {
    const git = simpleGit(root);
    const ref =
      follow === 'commit'
        ? await git.revparse(['HEAD'])
        : await git.raw(['symbolic-ref', '--short', 'HEAD']);
    return { git: pathToFileURL(root).href, ref: ref.trim() };
  } catch {
    return null;
  }
}

/** The top of the work tree that a directory is in; null when it is in none, or is not there. */
export async function checkoutRoot(directory: string): Promise<string | null> {
  try {
    return (await simpleGit(directory).revparse(['--show-toplevel'])).trim();
  } catch {
    return null;
  }
}
