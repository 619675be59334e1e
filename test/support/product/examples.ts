import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { formatProblems } from '../../../definition/problem.ts';
import { parseDefinition } from '../../../definition/parse.ts';
import type { Application } from '../../../workflows/contract/application.ts';
import type { TestRepository } from '../git-repository.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');

/** Commits what this repository has in a directory, as the whole of another; ignored files are left out. */
export async function commitOwnFiles(repository: TestRepository, directory = '.'): Promise<void> {
  const cwd = join(root, directory);
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await run('git', list, { cwd, maxBuffer: 64 << 20 });
  for (const path of stdout.split('\0').filter(Boolean)) {
    // A file that has been deleted and not committed is still listed.
    await cp(join(cwd, path), join(repository.directory, path)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
  await repository.commit({});
}

/** An example's definition, with what `slipway build` fills in from the surroundings. */
export async function exampleApplication(
  name: string,
  filled: {
    readonly registry: string;
    readonly source: { readonly git: string; readonly ref: string };
  },
): Promise<Application> {
  const text = await readFile(join(root, 'examples', name, 'slipway.yaml'), 'utf8');
  const document = parse(text) as { readonly spec: object };
  const complete = { ...document, spec: { ...document.spec, ...filled } };
  const parsed = parseDefinition(stringify(complete), { file: `${name}/slipway.yaml` });
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems));
  return parsed.application;
}
