import { readIfExists } from '../files.ts';
import type { HostFacts } from './requirements.ts';

/** Reads what `examineHost` judges; on systems without /proc the texts are empty. */
export async function readHostFacts(): Promise<HostFacts> {
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    processStatus: (await readIfExists('/proc/self/status')) ?? '',
    mountInfo: (await readIfExists('/proc/self/mountinfo')) ?? '',
  };
}
