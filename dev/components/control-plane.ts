import { join } from 'node:path';

import { expectOk } from '../cluster/request.ts';
import type { Component } from '../process/component.ts';
import { type Setting, addressOf } from './setting.ts';

export function apiServer({ instance, paths, tools, certificates }: Setting): Component {
  const { authority, server, apiServerToEtcd, apiServerToKubelet, serviceAccounts, admin } =
    certificates;
  return {
    name: 'kube-apiserver',
    command: tools.kubeApiserver,
    args: [
      `--bind-address=${instance.subnet.gateway}`,
      `--advertise-address=${instance.subnet.gateway}`,
      `--secure-port=${instance.ports.apiServer}`,
      `--tls-cert-file=${server.certificatePath}`,
      `--tls-private-key-file=${server.keyPath}`,
      `--client-ca-file=${authority.certificatePath}`,
      '--anonymous-auth=false',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--etcd-servers=https://${addressOf(instance, 'etcdClient')}`,
      `--etcd-cafile=${authority.certificatePath}`,
      `--etcd-certfile=${apiServerToEtcd.certificatePath}`,
      `--etcd-keyfile=${apiServerToEtcd.keyPath}`,
      `--kubelet-certificate-authority=${authority.certificatePath}`,
      `--kubelet-client-certificate=${apiServerToKubelet.certificatePath}`,
      `--kubelet-client-key=${apiServerToKubelet.keyPath}`,
      // The node's name is in no DNS.
      '--kubelet-preferred-address-types=InternalIP',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${serviceAccounts.keyPath}`,
      `--service-account-key-file=${serviceAccounts.certificatePath}`,
      // Nothing routes to service addresses here: there is no kube-proxy.
      '--service-cluster-ip-range=198.18.0.0/24',
      '--endpoint-reconciler-type=none',
      // Where it would keep certificates of its own; the default is in /var/run.
      `--cert-dir=${join(paths.data, 'kube-apiserver')}`,
      '--profiling=false',
      // The default waits for watches to drain, for minutes.
      '--shutdown-delay-duration=0s',
    ],
    environment: {},
    configuration: [server, authority, apiServerToEtcd, apiServerToKubelet, serviceAccounts].map(
      (pair) => pair.certificate,
    ),
    isOnNode: false,
    // etcd keeps the data; a quick end loses nothing.
    grace: 500,
    async check() {
      await expectOk(`https://${addressOf(instance, 'apiServer')}/readyz`, {
        ca: authority.certificate,
        certificate: admin.certificate,
        key: admin.key,
      });
    },
  };
}

export function controllerManager({ instance, paths, tools, certificates }: Setting): Component {
  const { authority, server, serviceAccounts, controllerManager: client } = certificates;
  const config = join(paths.config, 'controller-manager.kubeconfig');
  return {
    name: 'kube-controller-manager',
    command: tools.kubeControllerManager,
    args: [
      `--kubeconfig=${config}`,
      `--bind-address=${instance.subnet.loopback}`,
      `--secure-port=${instance.ports.controllerManager}`,
      `--tls-cert-file=${server.certificatePath}`,
      `--tls-private-key-file=${server.keyPath}`,
      `--root-ca-file=${authority.certificatePath}`,
      `--service-account-private-key-file=${serviceAccounts.keyPath}`,
      // Its own user may little; each controller's role is bound to that controller's account.
      '--use-service-account-credentials',
      // The only replica; waiting for the lease of a killed one would take 15 s.
      '--leader-elect=false',
      '--profiling=false',
    ],
    environment: {},
    configuration: [server, authority, serviceAccounts, client].map((pair) => pair.certificate),
    isOnNode: false,
    grace: 500,
    async check() {
      await expectOk(`https://${addressOf(instance, 'controllerManager')}/healthz`, {
        ca: authority.certificate,
      });
    },
  };
}

export function scheduler({ instance, paths, tools, certificates }: Setting): Component {
  const { authority, server, scheduler: client } = certificates;
  const config = join(paths.config, 'scheduler.kubeconfig');
  return {
    name: 'kube-scheduler',
    command: tools.kubeScheduler,
    args: [
      `--kubeconfig=${config}`,
      `--bind-address=${instance.subnet.loopback}`,
      `--secure-port=${instance.ports.scheduler}`,
      `--tls-cert-file=${server.certificatePath}`,
      `--tls-private-key-file=${server.keyPath}`,
      '--leader-elect=false',
      '--profiling=false',
    ],
    environment: {},
    configuration: [server, authority, client].map((pair) => pair.certificate),
    isOnNode: false,
    grace: 500,
    async check() {
      await expectOk(`https://${addressOf(instance, 'scheduler')}/healthz`, {
        ca: authority.certificate,
      });
    },
  };
}
