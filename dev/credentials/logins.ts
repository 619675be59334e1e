import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import bcrypt from 'bcryptjs';

import { readIfExists, writeFileAtomically } from '../files.ts';
import type { InstancePaths } from '../instance/paths.ts';

/** Names and passwords of the instance's services, made once and kept in 0600 files. */
export interface Logins {
  readonly registry: {
    readonly user: string;
    readonly password: string;
    readonly htpasswd: string;
  };
  readonly store: { readonly accessKey: string; readonly secretKey: string };
  /** Signs the registry's upload state; must outlive its restarts. */
  readonly registryStateSecret: string;
}

/** @returns the logins on disk, made first where there are none */
export async function ensureLogins(paths: InstancePaths): Promise<Logins> {
  const password = await ensureSecret(join(paths.credentials, 'registry-password'), 24);
  return {
    registry: { user: registryUser, password, htpasswd: await ensureHtpasswd(paths, password) },
    store: {
      accessKey: await ensureSecret(paths.storeAccessKey, 12),
      secretKey: await ensureSecret(paths.storeSecretKey, 30),
    },
    registryStateSecret: await ensureSecret(join(paths.credentials, 'registry-state-secret'), 24),
  };
}

/**
 * The JSON of `~/.docker/config.json` with one login for each host, as registries' clients and
 * Kubernetes' `dockerconfigjson` Secrets hold it.
 */
export function dockerConfig(login: Logins['registry'], hosts: readonly string[]): string {
  const { user: username, password } = login;
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return JSON.stringify({
    auths: Object.fromEntries(hosts.map((host) => [host, { username, password, auth }])),
  });
}

async function ensureSecret(path: string, bytes: number): Promise<string> {
  const known = await readIfExists(path);
  if (known !== undefined && known !== '') return known;
  return writeFileAtomically(path, randomBytes(bytes).toString('base64url'), 0o600);
}

async function ensureHtpasswd(paths: InstancePaths, password: string): Promise<string> {
  const path = join(paths.credentials, 'registry.htpasswd');
  const known = await readIfExists(path);
  const hash = known?.trim().slice(registryUser.length + 1);
  if (
    known !== undefined &&
    hash !== undefined &&
    (await bcrypt.compare(password, hash).catch(() => false))
  )
    return path;
  // The lowest cost: the registry checks it on every request, and a random password needs no slow hash.
  await writeFileAtomically(path, `${registryUser}:${await bcrypt.hash(password, 4)}\n`, 0o600);
  return path;
}

const registryUser = 'slipway';
