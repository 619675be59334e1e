import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import bcrypt from 'bcryptjs';
import { expect, test } from 'vitest';

import { dockerConfig, ensureLogins } from '../../../dev/credentials/logins.ts';
import { instancePaths } from '../../../dev/instance/paths.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('are made once, random, and for their owner alone', async () => {
  const paths = instancePaths(await temporaryDirectory());
  const first = await ensureLogins(paths);
  expect(await ensureLogins(paths)).toEqual(first);
  const other = await ensureLogins(instancePaths(await temporaryDirectory()));
  expect(other.registry.password).not.toBe(first.registry.password);
  expect(other.store.secretKey).not.toBe(first.store.secretKey);
  for (const file of await readdir(paths.credentials)) {
    expect((await stat(join(paths.credentials, file))).mode & 0o777).toBe(0o600);
  }
});

test('htpasswd lets exactly this password in, and is written once', async () => {
  const paths = instancePaths(await temporaryDirectory());
  const { registry } = await ensureLogins(paths);
  const line = await readFile(registry.htpasswd, 'utf8');
  const [user, hash = ''] = line.trim().split(':');
  expect(user).toBe(registry.user);
  expect(hash).toMatch(/^\$2[aby]\$/);
  expect(await bcrypt.compare(registry.password, hash)).toBe(true);
  await ensureLogins(paths);
  expect(await readFile(registry.htpasswd, 'utf8')).toBe(line);
});

test('are long enough for MinIO', async () => {
  const { store } = await ensureLogins(instancePaths(await temporaryDirectory()));
  expect(store.accessKey.length).toBeGreaterThanOrEqual(3);
  expect(store.secretKey.length).toBeGreaterThanOrEqual(8);
});

test('dockerConfig has the login for each host, also as Basic credentials', () => {
  const login = { user: 'u', password: 'p:q', htpasswd: '' };
  const { auths } = JSON.parse(dockerConfig(login, ['a:5000', 'b'])) as {
    auths: Record<string, { auth: string }>;
  };
  expect(Object.keys(auths)).toEqual(['a:5000', 'b']);
  expect(auths['a:5000']).toEqual({ username: 'u', password: 'p:q', auth: btoa('u:p:q') });
});
