import { ApiException, type V1Secret } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { createKubernetesSecrets } from '../../../activities/support/kubernetes-secrets.ts';

/** The beginning of a key as OpenSSH writes it (PROTOCOL.key). */
const openSshKey = (cipher: string) => {
  const name = `\0\0\0${String.fromCharCode(cipher.length)}${cipher}`;
  const body = btoa(`openssh-key-v1\0${name}\0\0\0\x04none`);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
};
const key = '-----BEGIN OPENSSH PRIVATE KEY-----\r\nplanted\r\n-----END OPENSSH PRIVATE KEY-----';

interface Planted {
  readonly type?: string;
  readonly use?: string;
  readonly hosts?: string;
  readonly data?: Readonly<Record<string, string>>;
}

function secretsWith({ type, use = 'git', hosts = 'git.example.com', data = {} }: Planted) {
  const encoded = Object.entries(data).map(([name, value]) => [name, btoa(value)] as const);
  const secret: V1Secret = {
    metadata: {
      uid: 'u1',
      resourceVersion: '7',
      labels: { 'slipway/use': use },
      annotations: { 'slipway/hosts': hosts },
    },
    ...(type === undefined ? {} : { type }),
    data: Object.fromEntries(encoded),
  };
  return createKubernetesSecrets({
    coreApi: { readNamespacedSecret: () => Promise.resolve(secret) },
    namespace: 'builds',
  });
}

const basic = { type: 'kubernetes.io/basic-auth' };
const ssh = { type: 'kubernetes.io/ssh-auth' };

describe('gitCredentials', () => {
  test.each([
    ['user and password', { username: 'ann', password: 'pa ss' }, 'ann', 'pa ss'],
    ['a token as password', { password: 'token' }, 'git', 'token'],
    ['an editor’s newline', { username: 'ann\n', password: 'token\r\n' }, 'ann', 'token'],
  ])('takes %s', async (_what, data, username, password) => {
    const secrets = secretsWith({ ...basic, data });
    expect(await secrets.gitCredentials('team', 'git.example.com')).toEqual({
      kind: 'password',
      username,
      password,
      version: 'u1.7',
    });
  });

  test('takes a key with its known hosts, in the form that OpenSSH reads', async () => {
    const data = { 'ssh-privatekey': key, known_hosts: 'git.example.com ssh-ed25519 AAAA' };
    const secrets = secretsWith({ ...ssh, data });
    expect(await secrets.gitCredentials('team', 'git.example.com')).toEqual({
      kind: 'ssh',
      privateKey: `${key.replaceAll('\r', '')}\n`,
      knownHosts: 'git.example.com ssh-ed25519 AAAA\n',
      version: 'u1.7',
    });
  });

  test.each([
    ['git.example.com', 'git.example.com'],
    ['a.example.com, Git.Example.com', 'git.example.com'],
    ['git.example.com:8443', 'git.example.com:8443'],
  ])('is for each host of its annotation: %s', async (hosts, host) => {
    const secrets = secretsWith({ ...basic, hosts, data: { password: 'x' } });
    expect(await secrets.gitCredentials('team', host)).toMatchObject({ password: 'x' });
  });

  test.each<[string, Planted, RegExp]>([
    ['another use', { ...basic, use: 'registry' }, /not labelled `slipway\/use: git`/],
    ['no host', { ...basic, hosts: ' , ' }, /not for git\.example\.com: .* has no host/],
    ['another host', { ...basic, hosts: 'example.com' }, /has example\.com; name there/],
    ['another port', { ...basic, hosts: 'git.example.com:1' }, /not for git\.example\.com/],
    ['another type', { type: 'Opaque' }, /type Opaque; .*basic-auth .*ssh-auth/],
    ['no password', { ...basic, data: { username: 'ann' } }, /no password; a token/],
    ['two lines', { ...basic, data: { password: 'hunter2\nx' } }, /password has more than one/],
    ['no key', { ...ssh, data: { known_hosts: 'x' } }, /no private key under ssh-privatekey/],
    ['a public key', { ...ssh, data: { 'ssh-privatekey': 'ssh-ed25519 A' } }, /no private key/],
    [
      'no known_hosts',
      { ...ssh, data: { 'ssh-privatekey': key } },
      /`ssh-keyscan git\.example\.com` .* under the key known_hosts/,
    ],
  ])('refuses a Secret with %s', async (_what, planted, message) => {
    const data = { password: 'hunter2', ...planted.data };
    const secrets = secretsWith({ ...planted, data: planted.data ?? data });
    const problem = await secrets
      .gitCredentials('team', 'git.example.com')
      .catch((error: unknown) => error as Error);
    expect(problem).toMatchObject({
      type: 'SecretNotFound',
      message: expect.stringMatching(message),
      nonRetryable: true,
    });
    expect((problem as Error).message).toContain('builds/team');
    expect((problem as Error).message).not.toMatch(/hunter2|planted/);
  });

  test.each([
    ['OpenSSH', openSshKey('aes256-ctr')],
    ['PKCS #8', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n'],
    ['PEM', '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n'],
  ])('refuses a key with a passphrase: %s', async (_format, privateKey) => {
    const data = { 'ssh-privatekey': privateKey, known_hosts: 'x' };
    await expect(
      secretsWith({ ...ssh, data }).gitCredentials('team', 'git.example.com'),
    ).rejects.toMatchObject({
      type: 'SecretNotFound',
      message: expect.stringMatching(/has a passphrase/),
    });
  });

  test('takes an OpenSSH key without passphrase', async () => {
    const data = { 'ssh-privatekey': openSshKey('none'), known_hosts: 'x' };
    const secrets = secretsWith({ ...ssh, data });
    expect(await secrets.gitCredentials('team', 'git.example.com')).toMatchObject({
      privateKey: openSshKey('none'),
    });
  });

  test('tells how to scan a port', async () => {
    const data = { 'ssh-privatekey': key };
    const secrets = secretsWith({ ...ssh, hosts: 'git.example.com:2222', data });
    await expect(secrets.gitCredentials('team', 'git.example.com:2222')).rejects.toThrow(
      'ssh-keyscan -p 2222 git.example.com',
    );
  });

  test('is SecretNotFound where there is none', async () => {
    const secrets = createKubernetesSecrets({
      coreApi: {
        readNamespacedSecret: () => Promise.reject(new ApiException(404, 'no', '', {})),
      },
      namespace: 'builds',
    });
    await expect(secrets.gitCredentials('team', 'h')).rejects.toMatchObject({
      type: 'SecretNotFound',
    });
  });
});
