import { expect, test } from 'vitest';

import { bootstrapObjects } from '../../../dev/cluster/bootstrap.ts';
import { devSetting, plantedSecrets } from '../../support/dev-setting.ts';

test('the registry Secret says what it is for and whom it may be shown', () => {
  const [namespace, secret] = bootstrapObjects(devSetting('/h'), null);
  expect(namespace).toMatchObject({
    path: '/api/v1/namespaces/slipway',
    object: { kind: 'Namespace' },
  });
  expect(secret).toMatchObject({
    path: '/api/v1/namespaces/slipway/secrets/registry',
    object: {
      type: 'kubernetes.io/dockerconfigjson',
      metadata: {
        name: 'registry',
        namespace: 'slipway',
        labels: { 'slipway/use': 'registry' },
        annotations: { 'slipway/hosts': '10.70.1.1:5000' },
      },
    },
  });
});

test('its login is for the local registry and for no other host', () => {
  const [, secret] = bootstrapObjects(devSetting('/h'), null);
  const stringData = (secret?.object as { stringData?: Record<string, string> } | undefined)
    ?.stringData;
  const { auths } = JSON.parse(stringData?.['.dockerconfigjson'] ?? '') as {
    auths: Record<string, { password: string }>;
  };
  expect(Object.keys(auths)).toEqual(['10.70.1.1:5000']);
  expect(auths['10.70.1.1:5000']?.password).toBe(plantedSecrets.registryPassword);
});

test('npm’s settings are a Secret for builds, where there are any', () => {
  const paths = bootstrapObjects(devSetting('/h'), null).map(({ path }) => path);
  expect(paths).toHaveLength(2);
  const npm = { npmrc: 'registry=https://npm.test/\n', ca: 'PEM' };
  expect(bootstrapObjects(devSetting('/h'), npm)[2]).toEqual({
    path: '/api/v1/namespaces/slipway/secrets/host-npm',
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'host-npm', namespace: 'slipway', labels: { 'slipway/use': 'build' } },
      type: 'Opaque',
      stringData: npm,
    },
  });
});
