import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { simpleGit } from 'simple-git';
import type { Application, Source } from '../../workflows/contract/application.ts';
import { formatProblems } from '../../definition/problem.ts';
import { parseDefinition } from '../../definition/parse.ts';
import { DefinitionRefused, UsageError } from '../exit.ts';

/** @throws DefinitionRefused with every problem in its message; UsageError when FILE can't be read */
export async function readDefinition(
  file: string,
  settings: NodeJS.ProcessEnv,
): Promise<Application> {
  let text: string;
  try {
    text = file === '-' ? readFileSync(0, 'utf8') : readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the definition ${file}`, { cause });
  }
  const registry = settings['SLIPWAY_DEFAULT_REGISTRY'];
  const source = file === '-' ? null : await repositoryOf(file);
  const parsed = parseDefinition(text, {
    file,
    ...(registry === undefined ? {} : { registry }),
    ...(source === null ? {} : { source }),
  });
  if (parsed.ok) return parsed.application;
  throw new DefinitionRefused(formatProblems(parsed.problems));
}

/**
 * A definition without `source` is built from the commit that its own git repository has checked
 * out; null when the file is in none.
 */
async function repositoryOf(file: string): Promise<Source | null> {
  const git = simpleGit(dirname(file));
  try {
    const root = (await git.revparse(['--show-toplevel'])).trim();
    return {
      git: pathToFileURL(root).href,
      ref: (await git.revparse(['HEAD'])).trim(),
    };
  } catch {
    return null;
  }
}
