import { spawn } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { standardPath } from '../host/run.ts';
import { withLock as withLockFile } from '../tools/lock.ts';

/**
 * Runs `work` while no other process works on the same instance.
 *
 * The lock is the kernel's (`flock`), held by a child that ends when our pipe to it closes: it is
 * free again however this process ends, kill -9 included.
 *
 * @param onWait called once when another process holds the lock, which is then waited for
 * @throws Error when the lock can't be taken at all
 */
export async function withLock<T>(
  path: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  if (process.platform !== 'linux') {
    // There is no `flock` command; a file with the holder's pid does nearly as well.
    const whileWaiting = (_holder: number, wait: () => Promise<void>): Promise<void> => {
      onWait();
      return wait();
    };
    return withLockFile(path, { whileWaiting }, work);
  }
  // `cat` answers only once `flock` has the lock. Detached: a Ctrl-C must not free it under us.
  const child = spawn('flock', ['--exclusive', path, 'cat'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { PATH: standardPath },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const waiting = setTimeout(onWait, waitNotice);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => {
        resolve();
      });
      child.once('error', reject);
      child.once('close', () => {
        reject(new Error(`flock ended without the lock: ${errors.join('').trim()}`));
      });
      // A write to a child that could not be started fails here as well as in 'error'.
      child.stdin.on('error', () => undefined);
      child.stdin.write('\n');
    });
  } catch (cause) {
    throw new Error(`The lock of the local environment (${path}) can't be taken.`, { cause });
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await work();
  } finally {
    child.stdin.end();
    await ended;
  }
}

/** Outside the home directory, because `down --purge` removes that while it holds the lock. */
export async function lockPath(instanceName: string): Promise<string> {
  const shared = '/run/lock';
  // Some systems let only root write there, and some have no such directory.
  const isUsable = await access(shared, constants.W_OK).then(
    () => true,
    () => false,
  );
  const directory = isUsable ? shared : tmpdir();
  await mkdir(directory, { recursive: true });
  return join(directory, `${instanceName}.lock`);
}

/** Milliseconds until waiting is worth a line. */
const waitNotice = 300;
