import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { apiServer, controllerManager, scheduler } from '../../../dev/components/control-plane.ts';
import { etcd } from '../../../dev/components/etcd.ts';
import { writeKubeconfigs, writeNodeFiles } from '../../../dev/components/node-files.ts';
import { containerd, kubelet } from '../../../dev/components/node.ts';
import { registry } from '../../../dev/components/registry.ts';
import type { Setting } from '../../../dev/components/setting.ts';
import { store } from '../../../dev/components/store.ts';
import { searchAttributes, temporal } from '../../../dev/components/temporal.ts';
import { worker } from '../../../dev/components/worker.ts';
import { describeEnvironment } from '../../../dev/describe-environment.ts';
import { LocalEnvironment } from '../../../dev/environment.ts';
import type { Component } from '../../../dev/process/component.ts';
import { searchAttributes as contractAttributes } from '../../../workflows/contract/search-attributes.ts';
import { devSetting, plantedSecrets } from '../../support/dev-setting.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function allComponents(setting: Setting): Promise<readonly Component[]> {
  const files = await writeNodeFiles(setting);
  return [
    etcd(setting),
    apiServer(setting),
    controllerManager(setting),
    scheduler(setting),
    containerd(setting, files.containerd),
    kubelet(setting, files.kubelet),
    temporal(setting),
    await registry(setting),
    await store(setting),
  ];
}

const image = {
  name: 'slipway/buildah:1.28.2',
  tags: [],
  layout: '/cache/buildah',
  digest: `sha256:${'b'.repeat(64)}`,
};

describe('components', () => {
  test('have names of their own and no secret in their arguments', async () => {
    const components = await allComponents(devSetting(await temporaryDirectory()));
    expect(new Set(components.map(({ name }) => name)).size).toBe(9);
    for (const { args } of components) {
      for (const secret of Object.values(plantedSecrets))
        expect(args.join(' ')).not.toContain(secret);
    }
  });

  test('listen on addresses of the instance alone, but for Temporal, which is at localhost', async () => {
    for (const { name, args } of await allComponents(devSetting(await temporaryDirectory()))) {
      if (name === 'temporal') continue;
      expect(args.join(' ')).not.toMatch(/0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]/);
    }
  });

  test('keep Temporal, which has no login, out of the reach of Pods', async () => {
    const setting = devSetting(await temporaryDirectory());
    expect(temporal(setting).args).toContain('--ip=127.0.0.1');
    expect(temporal(setting).args.join(' ')).not.toContain(setting.instance.subnet.gateway);
  });

  test('start Temporal with the search attributes of the contract', () => {
    expect([...searchAttributes].toSorted()).toEqual(
      contractAttributes.map(({ name }) => name).toSorted(),
    );
    for (const { type } of contractAttributes) expect(type).toBe('KEYWORD');
  });

  test('give MinIO its credentials by variables', async () => {
    const { environment } = await store(devSetting(await temporaryDirectory()));
    expect(environment).toMatchObject({
      MINIO_ROOT_USER: 'access',
      MINIO_ROOT_PASSWORD: plantedSecrets.storeSecretKey,
    });
  });

  test('start again when their certificate was renewed', async () => {
    const setting = devSetting(await temporaryDirectory());
    const certificates = { ...setting.certificates };
    certificates.server = { ...certificates.server, certificate: 'renewed' };
    const before = await allComponents(setting);
    const after = await allComponents({ ...setting, certificates });
    const changed = before.filter(
      (one, index) => one.configuration.join() !== after[index]?.configuration.join(),
    );
    const serving = [
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
      'registry',
      'minio',
    ];
    expect(changed.map(({ name }) => name)).toEqual(serving);
  });

  test('keep files with secrets to their owner', async () => {
    const setting = devSetting(await temporaryDirectory());
    await allComponents(setting);
    await writeKubeconfigs(setting);
    const { config, kubeconfig } = setting.paths;
    const secret = [
      'containerd.toml',
      'registry.yaml',
      'kubelet.kubeconfig',
      'scheduler.kubeconfig',
    ];
    for (const path of [...secret.map((file) => join(config, file)), kubeconfig]) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  test('give the worker the settings of the environment, and its own on top', () => {
    const environment = describeEnvironment(devSetting('/h'), [image], ['/src'], {});
    const command = {
      command: 'node',
      args: ['worker.ts'],
      environment: { SLIPWAY_INSTALLATION: 'own' },
      fingerprint: 'f',
    };
    const component = worker(command, environment);
    expect(component.environment).toMatchObject({
      SLIPWAY_INSTALLATION: 'own',
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
    });
    expect(component.configuration).toEqual(['f']);
  });
});

describe('describeEnvironment', () => {
  const environment = describeEnvironment(devSetting('/h'), [image], ['/src', '/more'], {});

  test('tells the worker where git-lfs is, if it is anywhere', () => {
    const setting = devSetting('/h');
    const tools = { ...setting.tools, gitLfs: '/tools/bin/git-lfs' };
    const described = describeEnvironment({ ...setting, tools }, [], [], {});
    expect(described.settings['SLIPWAY_GIT_PATH']).toBe('/tools/bin');
    expect(environment.settings).not.toHaveProperty('SLIPWAY_GIT_PATH');
  });

  test('is what its schema says', () => {
    expect(LocalEnvironment.parse(JSON.parse(JSON.stringify(environment)))).toEqual(environment);
  });

  test('points at files for secrets and contains none', () => {
    for (const secret of Object.values(plantedSecrets))
      expect(JSON.stringify(environment)).not.toContain(secret);
    expect(environment.settings['SLIPWAY_STORE_SECRET_KEY_FILE']).toBe(
      '/h/credentials/store-secret-key',
    );
  });

  test('names services as Pods reach them, and the builder by digest', () => {
    expect(environment.settings).toMatchObject({
      SLIPWAY_STORE_ENDPOINT: 'https://10.70.1.1:9000',
      SLIPWAY_DEFAULT_REGISTRY: '10.70.1.1:5000',
      SLIPWAY_REGISTRY_MIRRORS: 'docker.io=10.70.1.1:5000',
      SLIPWAY_BUILDAH_IMAGE: `10.70.1.1:5000/slipway/buildah@${image.digest}`,
      SLIPWAY_FILE_ROOTS: '/src:/more',
    });
  });

  test('names no Buildah image where none was made', () => {
    expect(describeEnvironment(devSetting('/h'), [], [], {}).settings).not.toHaveProperty(
      'SLIPWAY_BUILDAH_IMAGE',
    );
  });

  test('hands on which builder the person chose, and nothing else of the shell', () => {
    const person = { SLIPWAY_BUILDER: 'kaniko', SLIPWAY_KANIKO_IMAGE: '', SLIPWAY_NAMESPACES: 'x' };
    const plain = describeEnvironment(devSetting('/h'), [], [], {});
    expect(describeEnvironment(devSetting('/h'), [], [], person).settings).toEqual({
      ...plain.settings,
      SLIPWAY_BUILDER: 'kaniko',
    });
  });
});
