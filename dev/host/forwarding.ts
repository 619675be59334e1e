import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { readIfExists } from '../files.ts';

/** The two files of IP forwarding; parameters, so that tests need not touch the machine's. */
export interface ForwardingFiles {
  readonly sysctl: string;
  /**
   * The value from before the first instance, shared by all: the second one to start would
   * otherwise take the first one's 1 for the machine's own and leave it behind. Gone on reboot, as
   * the setting is.
   */
  readonly before: string;
}

export const forwardingFiles: ForwardingFiles = {
  sysctl: '/proc/sys/net/ipv4/ip_forward',
  before: '/run/slipway/ip-forward-before',
};

/** Turns IP forwarding on and remembers what it was. */
export async function enableForwarding(files: ForwardingFiles): Promise<void> {
  const current = (await readFile(files.sysctl, 'utf8')).trim();
  if ((await readIfExists(files.before)) === undefined) {
    await mkdir(dirname(files.before), { recursive: true });
    await writeFile(files.before, current);
  }
  if (current !== '1') await writeFile(files.sysctl, '1');
}

/** Restores IP forwarding when this was the last instance. */
export async function restoreForwarding(files: ForwardingFiles, isLast: boolean): Promise<void> {
  const before = await readIfExists(files.before);
  if (before === undefined || !isLast) return;
  if ((await readFile(files.sysctl, 'utf8')).trim() !== before)
    await writeFile(files.sysctl, before);
  await rm(dirname(files.before), { recursive: true });
}
