import type { CertificateFiles, Certificates } from '../../dev/credentials/certificates.ts';
import type { Setting } from '../../dev/components/setting.ts';
import { deriveIdentity } from '../../dev/instance/identity.ts';
import { instancePaths } from '../../dev/instance/paths.ts';
import { standardPorts } from '../../dev/instance/ports.ts';

/** Values that must never be in an argument, a log or a description of the environment. */
export const plantedSecrets = {
  registryPassword: 'planted-registry-password',
  storeSecretKey: 'planted-store-secret-key',
  registryState: 'planted-registry-state',
  privateKey: 'planted-private-key',
} as const;

/** The setting of an instance in `home`, with planted secrets; nothing of it exists. */
export function devSetting(home: string): Setting {
  const pair = (name: string): CertificateFiles => ({
    certificatePath: `${home}/credentials/tls/${name}.crt`,
    keyPath: `${home}/credentials/tls/${name}.key`,
    certificate: `certificate of ${name}`,
    key: plantedSecrets.privateKey,
  });
  const certificates: Certificates = {
    authority: pair('ca'),
    server: pair('server'),
    admin: pair('admin'),
    apiServerToEtcd: pair('apiserver-etcd'),
    apiServerToKubelet: pair('apiserver-kubelet'),
    controllerManager: pair('controller-manager'),
    scheduler: pair('scheduler'),
    kubelet: pair('kubelet'),
    serviceAccounts: pair('service-accounts'),
  };
  const tool = (name: string): string => `/tools/${name}`;
  return {
    instance: {
      ...deriveIdentity(home),
      home,
      subnet: { cidr: '10.70.1.0/24', gateway: '10.70.1.1', loopback: '127.70.1.1' },
      ports: standardPorts,
    },
    paths: instancePaths(home),
    tools: {
      temporal: tool('temporal'),
      etcd: tool('etcd'),
      kubeApiserver: tool('kube-apiserver'),
      kubeControllerManager: tool('kube-controller-manager'),
      kubeScheduler: tool('kube-scheduler'),
      kubelet: tool('kubelet'),
      minio: tool('minio'),
      registry: tool('registry'),
      containerd: tool('containerd'),
      ctr: tool('ctr'),
      runc: tool('runc'),
      iptables: tool('iptables'),
      skopeo: tool('skopeo'),
      mmdebstrap: tool('mmdebstrap'),
      busybox: tool('busybox'),
      cniPluginDirectory: tool('cni'),
      environment: {},
    },
    host: { hierarchies: [], mayLowerOomScore: false },
    certificates,
    logins: {
      registry: {
        user: 'slipway',
        password: plantedSecrets.registryPassword,
        htpasswd: `${home}/credentials/htpasswd`,
      },
      store: { accessKey: 'access', secretKey: plantedSecrets.storeSecretKey },
      registryStateSecret: plantedSecrets.registryState,
    },
    pauseImage: '10.70.1.1:5000/slipway/pause:1',
    resolver: 'nameserver 192.0.2.1\n',
    mtu: 1400,
  };
}
