import { join } from 'node:path';

import { stringify } from 'yaml';

import { expectOk } from '../cluster/request.ts';
import { writeFileAtomically } from '../files.ts';
import type { Component } from '../process/component.ts';
import { type ServiceSetting, addressOf } from './setting.ts';

/** The configuration of CNCF distribution; versions 2.8 and 3 both read it. */
export function registryConfig({ instance, paths, certificates, logins }: ServiceSetting): string {
  return stringify({
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(paths.data, 'registry') },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: {
      addr: addressOf(instance, 'registry'),
      secret: logins.registryStateSecret,
      tls: { certificate: certificates.server.certificatePath, key: certificates.server.keyPath },
    },
    auth: { htpasswd: { realm: 'slipway', path: logins.registry.htpasswd } },
  });
}

export async function registry(setting: ServiceSetting): Promise<Component> {
  const { instance, paths, tools, certificates, logins } = setting;
  const path = join(paths.config, 'registry.yaml');
  const configuration = await writeFileAtomically(path, registryConfig(setting), 0o600);
  const login = Buffer.from(`${logins.registry.user}:${logins.registry.password}`).toString(
    'base64',
  );
  return {
    name: 'registry',
    command: tools.registry,
    args: ['serve', path],
    // Version 3 would look for a trace collector on this machine.
    environment: { OTEL_TRACES_EXPORTER: 'none' },
    configuration: [configuration, certificates.server.certificate],
    isOnNode: false,
    grace: 3000,
    async check() {
      await expectOk(`https://${addressOf(instance, 'registry')}/v2/`, {
        ca: certificates.authority.certificate,
        headers: { authorization: `Basic ${login}` },
      });
    },
  };
}
