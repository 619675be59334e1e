import { setTimeout as delay } from 'node:timers/promises';

import { type ProcessIdentity, isAlive } from './identity.ts';

/**
 * Ends a process: SIGTERM, and SIGKILL after `grace` milliseconds. A process that has taken over
 * the pid since is never signalled.
 *
 * @throws Error when it is still there 5 s after SIGKILL
 */
export async function stopProcess(identity: ProcessIdentity, grace: number): Promise<void> {
  if (grace > 0 && (await signal(identity, 'SIGTERM')) && (await hasEnded(identity, grace))) return;
  if (!(await signal(identity, 'SIGKILL'))) return;
  if (!(await hasEnded(identity, 5000))) {
    throw new Error(
      `Process ${identity.pid} still runs 5 s after SIGKILL: it hangs in the kernel.`,
    );
  }
}

/** @returns whether the process was there to receive it */
async function signal(identity: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
  if (!(await isAlive(identity))) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function hasEnded(identity: ProcessIdentity, within: number): Promise<boolean> {
  const deadline = Date.now() + within;
  for (;;) {
    if (!(await isAlive(identity))) return true;
    if (Date.now() > deadline) return false;
    await delay(20);
  }
}
