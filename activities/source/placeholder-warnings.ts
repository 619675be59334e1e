import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../../workflows/contract/application.ts';

/** Bytes up to which git's own files are looked at; the warnings are a help, not a check. */
const maxSize = 256 * 1024;

/**
 * What a build would miss without a word: submodules in its context that are empty directories, and
 * LFS files that are pointers, because the source doesn't ask for them.
 *
 * @param directory the tree; only files at its top are read, links are not followed
 * @param context the container's, relative to the tree
 */
export async function placeholderWarnings(
  directory: string,
  context: string,
  { submodules = false, lfs = false }: Pick<Source, 'submodules' | 'lfs'>,
): Promise<readonly string[]> {
  const empty = submodules ? [] : submodulePaths(await readTop(directory, '.gitmodules'));
  const missed = empty.filter((path) => context === '.' || `${path}/`.startsWith(`${context}/`));
  const tracked = lfs ? '' : await readTop(directory, '.gitattributes');
  return [
    ...(missed.length === 0
      ? []
      : [
          `the context has submodules that are empty directories (${missed.join(', ')}): \`submodules: true\` in the source fetches them`,
        ]),
    ...(/^[^#\n]*\sfilter=lfs\b/m.test(tracked)
      ? [
          'the repository keeps files in Git LFS, and the build sees pointers in their place: `lfs: true` in the source fetches them',
        ]
      : []),
  ];
}

/** Line by line: one expression over all of it takes minutes for text that is made for that. */
function submodulePaths(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [key = '', ...value] = line.split('=');
    const path = value.join('=').trim();
    return key.trim() === 'path' && path !== '' ? [path.replace(/^"([^"]*)"$/, '$1')] : [];
  });
}

async function readTop(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  const file = await lstat(path).catch(() => null);
  return file?.isFile() === true && file.size <= maxSize ? readFile(path, 'utf8') : '';
}
