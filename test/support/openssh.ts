import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { contentKey } from '../../dev/tools/cache-key.ts';
import { readDebianRelease } from '../../dev/tools/debian/release.ts';
import { unpackPackages } from '../../dev/tools/debian/unpack.ts';
import { withTemporaryDirectory } from '../../dev/tools/temporary.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

/** OpenSSH's programs, unpacked from Debian's packages; nothing is installed. */
export interface OpenSsh {
  readonly sshd: string;
  readonly keygen: string;
  /** A directory with `ssh` for a machine that has none. */
  readonly clientPath: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const packages = ['openssh-server', 'openssh-client'];

/** From the cache that the local environment's programs are in, or made there. */
export async function acquireOpenSsh(): Promise<OpenSsh> {
  const release = await readDebianRelease(process.env);
  const { codename, architecture, libraryTriplet } = release;
  const cache = process.env['SLIPWAY_CACHE'] ?? join(homedir(), '.cache', 'slipway');
  const key = contentKey({ packages, codename, architecture });
  const directory = join(cache, 'debian', `test-openssh-${codename}-${key}`);
  const root = join(directory, 'root');
  if (!existsSync(root)) {
    await withTemporaryDirectory(join(cache, 'debian'), '.unpacking-', async (temporary) => {
      await unpackPackages(packages, temporary, {
        release,
        environment: process.env,
        note: () => undefined,
      });
      // Somebody else may have been faster.
      await rename(temporary, directory).catch(() => access(root));
    });
  }
  const libraries = [join(root, 'usr/lib', libraryTriplet), join(root, 'lib', libraryTriplet)];
  const environment = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LD_LIBRARY_PATH: libraries.join(':'),
  };
  const client = join(directory, 'client');
  if (!existsSync('/usr/bin/ssh')) {
    await mkdir(client, { recursive: true });
    const script = `#!/bin/sh\nLD_LIBRARY_PATH='${environment.LD_LIBRARY_PATH}' exec '${root}/usr/bin/ssh' "$@"\n`;
    await writeFile(join(client, 'ssh'), script);
    await chmod(join(client, 'ssh'), 0o755);
  }
  return {
    sshd: join(root, 'usr/sbin/sshd'),
    keygen: join(root, 'usr/bin/ssh-keygen'),
    clientPath: [client],
    environment,
  };
}

/** An ed25519 key pair. */
export interface SshKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

export async function makeSshKey({ keygen, environment }: OpenSsh): Promise<SshKey> {
  const file = join(await temporaryDirectory(), 'key');
  const options = ['-q', '-t', 'ed25519', '-C', 'test', '-N', '', '-f', file];
  await run(keygen, options, { env: environment });
  const [privateKey, publicKey] = await Promise.all([
    readFile(file, 'utf8'),
    readFile(`${file}.pub`, 'utf8'),
  ]);
  return { privateKey, publicKey: publicKey.trim() };
}

export interface SshServer {
  /** `ssh://git@127.0.0.1:<port>` */
  readonly url: string;
  /** As credentials have it: `127.0.0.1:<port>`. */
  readonly host: string;
  /** The server's line for known_hosts. */
  readonly knownHosts: string;
}

/**
 * sshd in a mount namespace of its own, where its users and `/run/sshd` are: the machine has
 * neither. Needs root. The user `git` may run what is on `path` and the system's programs.
 */
export async function startSshServer(
  openSsh: OpenSsh,
  options: { readonly authorizedKeys: readonly string[]; readonly path?: string },
): Promise<SshServer> {
  const directory = await temporaryDirectory();
  const hostKey = await makeSshKey(openSsh);
  const file = (name: string) => join(directory, name);
  const port = await freePort();
  await writeFile(file('host_key'), hostKey.privateKey, { mode: 0o600 });
  await writeFile(file('authorized_keys'), `${options.authorizedKeys.join('\n')}\n`);
  await writeFile(
    file('passwd'),
    `root:x:0:0::/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\ngit:x:0:0::${directory}:/bin/sh\n`,
  );
  const path = [options.path ?? '', '/usr/bin', '/bin'].filter(Boolean).join(':');
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host_key')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'AcceptEnv GIT_PROTOCOL',
    `SetEnv PATH=${path}`,
  ];
  await writeFile(file('sshd_config'), `${settings.join('\n')}\n`);
  const inNamespace =
    'mount --bind "$1" /etc/passwd && mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$2" -D -e -f "$3"';
  const server = spawn(
    'unshare',
    [
      '--mount',
      '--',
      'sh',
      '-c',
      inNamespace,
      'sshd',
      file('passwd'),
      openSsh.sshd,
      file('sshd_config'),
    ],
    { env: openSsh.environment, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(async () => {
    if (server.exitCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'exit');
  });
  await listening(server.stderr, server);
  const host = `127.0.0.1:${port}`;
  return {
    url: `ssh://git@${host}`,
    host,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.publicKey}`,
  };
}

function listening(stderr: NodeJS.ReadableStream, server: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('Server listening')) resolve();
    });
    server.once('exit', () => reject(new Error(`sshd did not start: ${text}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
