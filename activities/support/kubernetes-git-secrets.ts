import type { V1Secret } from '@kubernetes/client-node';
import { failure } from '../../workflows/contract/failures.ts';
import type { GitCredentials } from './git-secrets.ts';
import { annotatedHosts, checkUse, hostsAnnotation } from './secret-use.ts';

const basicAuth = 'kubernetes.io/basic-auth';
const sshAuth = 'kubernetes.io/ssh-auth';

/**
 * Checks what the Secret is for before anything in it is looked at, then reads it by its type.
 * Throws `SecretNotFound`; no message quotes a value.
 *
 * @param label how messages name the Secret
 */
export function gitCredentialsFrom(secret: V1Secret, label: string, host: string): GitCredentials {
  checkUse(secret, 'git', label);
  checkHost(secret, label, host);
  const { uid = '', resourceVersion = '' } = secret.metadata ?? {};
  const version = `${uid}.${resourceVersion}`;
  const { type = 'Opaque' } = secret;
  switch (type) {
    case basicAuth:
      return { kind: 'password', ...readLogin(secret, label), version };
    case sshAuth:
      return { kind: 'ssh', ...readKey(secret, label, host), version };
    default:
      throw failure(
        'SecretNotFound',
        `${label} is of type ${type}; for git it has to be of type ${basicAuth} (user and password, or a token as password) or ${sshAuth} (a key)`,
      );
  }
}

function checkHost(secret: V1Secret, label: string, host: string): void {
  const hosts = annotatedHosts(secret);
  if (hosts.some((entry) => entry.toLowerCase() === host.toLowerCase())) return;
  throw failure(
    'SecretNotFound',
    `${label} is not for ${host}: its annotation \`${hostsAnnotation}\` has ${hosts.length === 0 ? 'no host' : hosts.join(', ')}; name there the hosts that it is for, with port where it isn't the usual one, separated by commas`,
  );
}

function readLogin(secret: V1Secret, label: string): { username: string; password: string } {
  const username = oneLine(secret, 'username', label);
  const password = oneLine(secret, 'password', label);
  if (password === '') {
    throw failure('SecretNotFound', `${label} has no password; a token goes there as well`);
  }
  return { username: username === '' ? 'git' : username, password };
}

function readKey(
  secret: V1Secret,
  label: string,
  host: string,
): { privateKey: string; knownHosts: string } {
  const privateKey = decoded(secret, 'ssh-privatekey');
  if (!privateKey.includes('PRIVATE KEY')) {
    throw failure('SecretNotFound', `${label} has no private key under ssh-privatekey`);
  }
  if (hasPassphrase(privateKey)) {
    throw failure(
      'SecretNotFound',
      `${label}: the key has a passphrase, which nobody could enter; make one without (\`ssh-keygen -N ''\`)`,
    );
  }
  const knownHosts = decoded(secret, 'known_hosts');
  if (knownHosts.trim() === '') {
    const [name, port] = host.split(/:(\d+)$/);
    const scan = `ssh-keyscan ${port === undefined ? '' : `-p ${port} `}${name}`;
    throw failure(
      'SecretNotFound',
      `${label} has no known_hosts, and host keys are always checked: write \`${scan}\` to a file, compare its fingerprints (\`ssh-keygen -lf FILE\`) with those that the server's operator publishes, and add it to the Secret under the key known_hosts`,
    );
  }
  return { privateKey: unixLines(privateKey), knownHosts: unixLines(knownHosts) };
}

/** `--from-file` takes an editor's newline at the end along; one inside is a mistake. */
function oneLine(secret: V1Secret, key: string, label: string): string {
  const text = decoded(secret, key).replace(/\r?\n$/, '');
  if (!/[\r\n\0]/.test(text)) return text;
  throw failure('SecretNotFound', `${label}: ${key} has more than one line`);
}

function decoded(secret: V1Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

/** OpenSSH would pass such a key over in silence. */
function hasPassphrase(privateKey: string): boolean {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(privateKey)) return true;
  const body = privateKey.replace(/-----[^-]+-----/g, '');
  const bytes = Buffer.from(body, 'base64').toString('latin1');
  // OpenSSH's PROTOCOL.key: a magic, then the cipher's name with its length before it.
  const magic = 'openssh-key-v1\0';
  return bytes.startsWith(magic) && !bytes.startsWith('\0\0\0\x04none', magic.length);
}

/** OpenSSH refuses a key with other line ends, or without one at its end. */
function unixLines(text: string): string {
  return `${text.replaceAll('\r\n', '\n').trimEnd()}\n`;
}
