import { readFile } from 'node:fs/promises';

import type { Tools } from '../tools.ts';
import { run } from '../run.ts';
import type { ImageConfig } from './oci-layout.ts';
import type { LayerEntry } from './layer.ts';

export interface SmallImage {
  readonly entries: readonly LayerEntry[];
  readonly config: ImageConfig;
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A sandbox's placeholder process: it has nothing to do but to stay. */
export function pauseImage(busybox: Buffer): SmallImage {
  return {
    entries: [
      { type: 'directory', path: 'bin' },
      { type: 'file', path: 'bin/busybox', content: busybox, mode: 0o755 },
      { type: 'symlink', path: 'bin/sleep', target: 'busybox' },
    ],
    // The largest number of seconds that every build of busybox takes: 68 years.
    config: { Entrypoint: ['/bin/sleep', '2147483647'], Env: [path] },
  };
}

/** busybox with a link for each of its commands, and the files that commands expect. */
export function busyboxImage(busybox: Buffer, applets: readonly string[]): SmallImage {
  const commands = applets.filter((name) => name !== 'busybox').toSorted();
  return {
    entries: [
      { type: 'directory', path: 'bin' },
      { type: 'file', path: 'bin/busybox', content: busybox, mode: 0o755 },
      ...commands.map((name): LayerEntry => {
        return { type: 'symlink', path: `bin/${name}`, target: 'busybox' };
      }),
      { type: 'directory', path: 'etc' },
      { type: 'file', path: 'etc/passwd', content: passwd },
      { type: 'file', path: 'etc/group', content: group },
      { type: 'directory', path: 'root', mode: 0o700 },
      { type: 'directory', path: 'tmp', mode: 0o1777 },
      { type: 'directory', path: 'usr' },
      { type: 'directory', path: 'usr/bin' },
      // Scripts begin with `#!/usr/bin/env`.
      { type: 'symlink', path: 'usr/bin/env', target: '../../bin/env' },
      { type: 'directory', path: 'var' },
      { type: 'directory', path: 'var/www', mode: 0o755 },
    ],
    config: { Cmd: ['sh'], Env: [path] },
  };
}

/** Reads the binary and asks it for its commands. */
export async function readBusybox(
  tools: Pick<Tools, 'busybox' | 'environment'>,
): Promise<{ readonly binary: Buffer; readonly applets: readonly string[] }> {
  const [binary, list] = await Promise.all([
    readFile(tools.busybox),
    run(tools.busybox, ['--list'], { environment: tools.environment }),
  ]);
  return { binary, applets: list.split('\n').filter((name) => /^[\w.[-]+$/.test(name)) };
}

const passwd = [
  'root:x:0:0:root:/root:/bin/sh',
  'daemon:x:1:1:daemon:/usr/sbin:/bin/false',
  'www-data:x:33:33:www-data:/var/www:/bin/false',
  'nobody:x:65534:65534:nobody:/home:/bin/false',
  '',
].join('\n');

const group = ['root:x:0:', 'daemon:x:1:', 'www-data:x:33:', 'nobody:x:65534:', ''].join('\n');
