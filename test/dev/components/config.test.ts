import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';

import {
  cniConfig,
  containerdConfig,
  registryFiles,
} from '../../../dev/components/containerd-config.ts';
import { kubeconfig } from '../../../dev/components/kubeconfig.ts';
import { kubeletConfig } from '../../../dev/components/kubelet-config.ts';
import { registryConfig } from '../../../dev/components/registry.ts';
import { devSetting, plantedSecrets } from '../../support/dev-setting.ts';

const setting = devSetting('/h');

describe('containerdConfig', () => {
  test.each([true, false])(
    'restricts OOM scores unless they may be lowered (%s)',
    (mayLowerOomScore) => {
      const config = parseToml(
        containerdConfig({ ...setting, host: { hierarchies: [], mayLowerOomScore } }),
      );
      expect(config).toMatchObject({
        plugins: { 'io.containerd.grpc.v1.cri': { restrict_oom_score_adj: !mayLowerOomScore } },
      });
    },
  );

  test('pulls the pause image and logs in at the local registry alone', () => {
    expect(parseToml(containerdConfig(setting))).toMatchObject({
      version: 2,
      plugins: {
        'io.containerd.grpc.v1.cri': {
          sandbox_image: '10.70.1.1:5000/slipway/pause:1',
          netns_mounts_under_state_dir: true,
          registry: {
            config_path: '/h/config/registries',
            configs: {
              '10.70.1.1:5000': {
                auth: { username: 'slipway', password: plantedSecrets.registryPassword },
              },
            },
          },
        },
      },
    });
  });
});

describe('registryFiles', () => {
  test('trusts the environment, and asks docker.io only for what the local registry lacks', () => {
    const files = registryFiles(setting);
    expect(Object.keys(files)).toEqual(['10.70.1.1:5000/ca.crt', 'docker.io/hosts.toml']);
    expect(files['10.70.1.1:5000/ca.crt']).toBe(setting.certificates.authority.certificate);
    expect(parseToml(files['docker.io/hosts.toml'] ?? '')).toEqual({
      server: 'https://registry-1.docker.io',
      host: {
        'https://10.70.1.1:5000': {
          capabilities: ['pull', 'resolve'],
          ca: '/h/credentials/tls/ca.crt',
        },
      },
    });
  });
});

test('cniConfig uses the own bridge and subnet, and leaves masquerade to the own chains', () => {
  expect(JSON.parse(cniConfig(setting))).toMatchObject({
    name: setting.instance.name,
    plugins: [
      {
        bridge: setting.instance.bridge,
        ipMasq: false,
        mtu: 1400,
        ipam: { ranges: [[{ subnet: '10.70.1.0/24', gateway: '10.70.1.1' }]] },
      },
    ],
  });
});

test('kubeletConfig stays in its cgroup, away from iptables, and starts on any cgroup version', () => {
  const config: unknown = parseYaml(kubeletConfig(setting, '/h/config/resolv.conf'));
  expect(config).toMatchObject({
    address: '10.70.1.1',
    healthzBindAddress: '127.70.1.1',
    cgroupRoot: `/${setting.instance.cgroup}`,
    cgroupDriver: 'cgroupfs',
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf: '/h/config/resolv.conf',
    authentication: { anonymous: { enabled: false } },
  });
  // A Pod without clusterDNS gets the node's resolver, and no event about it with dnsPolicy Default.
  expect(config).not.toHaveProperty('clusterDNS');
});

test('registryConfig serves TLS with a login and allows deletion', () => {
  expect(parseYaml(registryConfig(setting))).toMatchObject({
    storage: { delete: { enabled: true } },
    http: { addr: '10.70.1.1:5000', tls: { certificate: '/h/credentials/tls/server.crt' } },
    auth: { htpasswd: { path: '/h/credentials/htpasswd' } },
  });
});

test('kubeconfig works from any directory and needs no file beside it', () => {
  const { authority, admin } = setting.certificates;
  const config = parseYaml(kubeconfig(setting.instance, authority, admin)) as {
    clusters: [{ cluster: Record<string, string> }];
    users: [{ user: Record<string, string> }];
  };
  const { cluster } = config.clusters[0];
  expect(cluster['server']).toBe('https://10.70.1.1:6443');
  expect(atob(cluster['certificate-authority-data'] ?? '')).toBe(authority.certificate);
  expect(Object.keys(config.users[0].user)).toEqual(['client-certificate-data', 'client-key-data']);
});
