import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The file's text, or undefined when there is no such file. Other failures are thrown. */
export async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Writes a whole file or nothing of it, unless it has this content already. Readers never see a
 * half-written file, also when this process is killed.
 *
 * @param mode permissions, also applied when the content is unchanged; 0600 for secrets
 * @returns the content, so that callers can fingerprint what they wrote
 */
export async function writeFileAtomically(
  path: string,
  content: string,
  mode = 0o644,
): Promise<string> {
  if ((await readIfExists(path)) === content) {
    await chmod(path, mode);
    return content;
  }
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content, { mode });
  await rename(temporary, path);
  return content;
}

/** Whether a file system call failed because there is no such file, directory or process. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
  );
}
