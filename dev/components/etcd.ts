import { join } from 'node:path';

import { expectOk } from '../cluster/request.ts';
import type { Component } from '../process/component.ts';
import { type Setting, addressOf } from './setting.ts';

/** Kubernetes' database. Clients need a certificate. */
export function etcd({ instance, paths, tools, certificates }: Setting): Component {
  const { authority, server, apiServerToEtcd } = certificates;
  const client = `https://${addressOf(instance, 'etcdClient')}`;
  const peer = `https://${addressOf(instance, 'etcdPeer')}`;
  return {
    name: 'etcd',
    command: tools.etcd,
    args: [
      `--name=${instance.name}`,
      `--data-dir=${join(paths.data, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--cert-file=${server.certificatePath}`,
      `--key-file=${server.keyPath}`,
      `--trusted-ca-file=${authority.certificatePath}`,
      '--client-cert-auth',
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${instance.name}=${peer}`,
      `--peer-cert-file=${server.certificatePath}`,
      `--peer-key-file=${server.keyPath}`,
      `--peer-trusted-ca-file=${authority.certificatePath}`,
      '--peer-client-cert-auth',
      '--log-level=warn',
      // The only member may stand for election at once; the default waits a second for others.
      '--heartbeat-interval=50',
      '--election-timeout=250',
    ],
    environment: {},
    configuration: [server.certificate, authority.certificate],
    isOnNode: false,
    grace: 5000,
    async check() {
      await expectOk(`${client}/health`, {
        ca: authority.certificate,
        certificate: apiServerToEtcd.certificate,
        key: apiServerToEtcd.key,
      });
    },
  };
}
