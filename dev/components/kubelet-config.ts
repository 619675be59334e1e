import { stringify } from 'yaml';

import { containerdSocket } from './containerd-config.ts';
import type { Setting } from './setting.ts';

/** The KubeletConfiguration; paths are those of the instance's mount namespace. */
export function kubeletConfig({ instance, certificates }: Setting, resolverPath: string): string {
  const { authority, server } = certificates;
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: instance.subnet.gateway,
    port: instance.ports.kubelet,
    readOnlyPort: 0,
    healthzBindAddress: instance.subnet.loopback,
    healthzPort: instance.ports.kubeletHealth,
    tlsCertFile: server.certificatePath,
    tlsPrivateKeyFile: server.keyPath,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: authority.certificatePath },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${instance.cgroup}`,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    resolvConf: resolverPath,
    // KUBE-FIREWALL and its friends would stay behind in the machine's iptables.
    makeIPTablesUtilChains: false,
    // As many as the /24 has addresses for, less some that are being freed.
    maxPods: 240,
    // Absolute and small: the defaults (10 and 15 per cent) evict on a laptop's well-filled disk.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '500Mi',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '500Mi',
    },
    evictionPressureTransitionPeriod: '10s',
    // Never throws away an image for lack of space that isn't this node's to manage.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    nodeStatusUpdateFrequency: '2s',
    // How late activeDeadlineSeconds may be noticed.
    syncFrequency: '5s',
    podLogsDir: '/var/log/pods',
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
  });
}
