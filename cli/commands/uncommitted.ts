import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simpleGit } from 'simple-git';
import type { Application } from '../../workflows/contract/application.ts';
import { checkoutRoot } from './definition.ts';

/** At most so many files are named. */
const namedFiles = 3;

/**
 * What a build of local repositories leaves out: files in its contexts that are changed or new and
 * not committed. People edit, build, and wonder why all is unchanged.
 *
 * @returns a sentence; null where there is nothing to say
 */
export async function uncommittedNote(application: Application): Promise<string | null> {
  const contexts = Map.groupBy(localContexts(application), ({ root }) => root);
  const files = await Promise.all(
    [...contexts].map(async ([root, of]) =>
      (await uncommittedFiles(root)).filter((file) =>
        of.some(({ context }) => within(file, context)),
      ),
    ),
  );
  const found = files.flat();
  if (found.length === 0) return null;
  const names = found.slice(0, namedFiles).join(', ');
  const more = found.length > namedFiles ? ` and ${found.length - namedFiles} more` : '';
  return `not committed, and so not built: ${names}${more}`;
}

function localContexts({ components }: Application) {
  return components.flatMap(({ containers }) =>
    containers.flatMap((container) =>
      container.kind === 'build' && container.source.git.startsWith('file:')
        ? [{ root: fileURLToPath(container.source.git), context: container.context }]
        : [],
    ),
  );
}

/** None of a bare repository, or of what is not there: the build itself says so. */
async function uncommittedFiles(directory: string): Promise<readonly string[]> {
  const root = await checkoutRoot(directory);
  if (root === null) return [];
  try {
    const { files } = await simpleGit(root).status();
    return files.map(({ path }) => path);
  } catch {
    return [];
  }
}

/** Git names a new directory, with a slash at its end, in place of its files. */
function within(file: string, context: string): boolean {
  const folder = join(normalize(context), '/');
  return (
    folder === './' || file.startsWith(folder) || (file.endsWith('/') && folder.startsWith(file))
  );
}
