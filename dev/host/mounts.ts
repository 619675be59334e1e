import { CommandFailed, run } from './run.ts';

/** A mount as /proc/self/mountinfo lists it. */
export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
}

/** @param text of /proc/self/mountinfo (proc(5)) */
export function parseMountInfo(text: string): readonly Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before, after] = line.split(' - ');
      return {
        mountPoint: unescape(before?.split(' ')[4] ?? ''),
        type: after?.split(' ')[0] ?? '',
      };
    });
}

/** Mounts at or below a directory, the latest first: the order in which they can be unmounted. */
export function mountsUnder(mounts: readonly Mount[], directory: string): readonly Mount[] {
  return mounts
    .filter(({ mountPoint }) => mountPoint === directory || mountPoint.startsWith(`${directory}/`))
    .toReversed();
}

/** Unmounts, lazily where something still uses it: it vanishes from the tree in any case. */
export async function unmount(mountPoint: string): Promise<void> {
  try {
    await run('umount', ['--', mountPoint]);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (/not mounted|no mount point/.test(error.stderr)) return;
    await run('umount', ['--lazy', '--', mountPoint]);
  }
}

/** The kernel writes space, tab, newline and backslash as octal escapes. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
