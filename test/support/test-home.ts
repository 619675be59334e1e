import { mkdtemp, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'slipway-test-';

/** A home for a local environment of the tests, whose name says which process made it. */
export async function makeTestHome(kind: string): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-${kind}-`)));
}

/** Homes whose process is gone: it was killed before it could take its environment down. */
export async function abandonedTestHomes(): Promise<readonly string[]> {
  const running = new Set(await readdir('/proc'));
  const names = await readdir(tmpdir());
  return names.flatMap((name) => {
    const pid = /^slipway-test-(\d+)-[a-z-]+-\w+$/.exec(name)?.[1];
    return pid === undefined || running.has(pid) ? [] : [join(tmpdir(), name)];
  });
}
