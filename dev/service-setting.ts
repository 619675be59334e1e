import { mkdir } from 'node:fs/promises';

import { type ServiceSetting, addressOf } from './components/setting.ts';
import { ensureCertificates } from './credentials/certificates.ts';
import { dockerConfig, ensureLogins } from './credentials/logins.ts';
import { writeFileAtomically } from './files.ts';
import type { InstancePaths } from './instance/paths.ts';
import type { Instance } from './instance/record.ts';
import type { ServiceTools } from './tools/tools.ts';

/**
 * Makes the directories, certificates and logins that an instance's services need, where they
 * aren't there already.
 *
 * @param addresses besides 127.0.0.1, where the services are reached
 */
export async function makeServiceSetting(
  instance: Instance,
  paths: InstancePaths,
  tools: ServiceTools,
  addresses: readonly string[],
): Promise<ServiceSetting> {
  for (const directory of [paths.work, paths.sources, paths.data, paths.credentials])
    await mkdir(directory, { recursive: true, mode: 0o700 });
  const certificates = await ensureCertificates(
    paths.certificates,
    { name: instance.name, addresses: [...addresses, '127.0.0.1'] },
    new Date(),
  );
  await writeFileAtomically(paths.caBundle, certificates.authority.certificate);
  const logins = await ensureLogins(paths);
  const hosts = [addressOf(instance, 'registry')];
  await writeFileAtomically(paths.registryAuth, dockerConfig(logins.registry, hosts), 0o600);
  return { instance, paths, tools, certificates, logins };
}
