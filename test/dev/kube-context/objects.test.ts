import { describe, expect, test } from 'vitest';

import { openCluster } from '../../../dev/kube-context/cluster-api.ts';
import {
  ensureNamespace,
  ensureRegistrySecret,
  removeObjects,
} from '../../../dev/kube-context/objects.ts';
import { devSetting } from '../../support/dev-setting.ts';
import { scriptedCluster } from '../../support/scripted-cluster.ts';

const place = { namespace: 'ns', owner: 'slipway-1' };
const namespace = '/api/v1/namespaces/ns';
const secret = `${namespace}/secrets/registry`;
const account = `${namespace}/serviceaccounts/default`;

function object(name: string, owner?: string, more: object = {}): object {
  const annotations = owner === undefined ? {} : { 'slipway/environment': owner };
  return { metadata: { name, annotations, ...more } };
}
const found = (body: object): { status: number; body: object } => ({ status: 200, body });
const list = (...items: readonly object[]): { status: number; body: object } => found({ items });
const deleting = { deletionTimestamp: '2030-01-01T00:00:00Z' };

describe('the namespace', () => {
  test.each([
    ['made where there is none', [{ status: 404 }], true],
    ['left as it is', [found(object('ns'))], false],
    ['taken for given where it may not be read', [{ status: 403 }], false],
    [
      'made again when a deletion is through',
      [found(object('ns', 'x', deleting)), { status: 404 }],
      true,
    ],
  ])('is %s', async (_, answers, made) => {
    const { context, bodies } = await scriptedCluster({
      [`GET ${namespace}`]: answers,
      'POST /api/v1/namespaces': { status: 201 },
      // The service account comes a moment later.
      [`GET ${account}`]: [{ status: 404 }, { status: 200 }],
    });
    await ensureNamespace(await openCluster(context), place);
    expect(bodies.get('POST /api/v1/namespaces')).toEqual(
      made ? { apiVersion: 'v1', kind: 'Namespace', ...object('ns', 'slipway-1') } : undefined,
    );
  });

  test('that may not be made is told', async () => {
    const message = 'namespaces is forbidden';
    const { context } = await scriptedCluster({
      'POST /api/v1/namespaces': { status: 403, body: { message } },
    });
    await expect(ensureNamespace(await openCluster(context), place)).rejects.toThrow(
      'refuses to create the namespace ns (status 403: namespaces is forbidden)',
    );
  });
});

describe('the Secret', () => {
  test.each([
    ['there is none', { status: 404 }],
    ['the environment has made it', found(object('registry', 'slipway-1'))],
  ])('is applied when %s', async (_, answer) => {
    const { context, bodies } = await scriptedCluster({
      [`GET ${secret}`]: answer,
      [`PATCH ${secret}`]: { status: 200 },
    });
    await ensureRegistrySecret(await openCluster(context), place, devSetting('/h'));
    expect(bodies.get(`PATCH ${secret}`)).toMatchObject({
      metadata: {
        namespace: 'ns',
        labels: { 'slipway/use': 'registry' },
        annotations: { 'slipway/hosts': '10.70.1.1:5000', 'slipway/environment': 'slipway-1' },
      },
    });
  });

  test.each(['slipway-2', undefined])('of %s is left alone', async (owner) => {
    const { context, bodies } = await scriptedCluster({
      [`GET ${secret}`]: found(object('registry', owner)),
    });
    await expect(
      ensureRegistrySecret(await openCluster(context), place, devSetting('/h')),
    ).rejects.toThrow(
      /Secret ns\/registry that this environment didn't make.*--kube-namespace NAME/,
    );
    expect(bodies.size).toBe(0);
  });
});

describe('removing', () => {
  const kinds = [
    'pods',
    'secrets',
    'configmaps',
    'serviceaccounts',
    'services',
    'persistentvolumeclaims',
    'resourcequotas',
    'limitranges',
  ];
  const empty = {
    ...Object.fromEntries(kinds.map((kind) => [`GET ${namespace}/${kind}`, list()])),
    [`GET ${namespace}/configmaps`]: list(object('kube-root-ca.crt')),
    [`GET ${namespace}/serviceaccounts`]: list(object('default')),
    [`GET ${namespace}/pods`]: list(object('probe', undefined, deleting)),
    [`DELETE ${namespace}/pods`]: { status: 200 },
    [`DELETE ${secret}`]: { status: 200 },
    [`DELETE ${namespace}`]: { status: 200 },
  };
  const own = {
    ...empty,
    [`GET ${namespace}`]: found(object('ns', 'slipway-1')),
    [`GET ${secret}`]: found(object('registry', 'slipway-1')),
  };
  const deleted = async (script: Parameters<typeof scriptedCluster>[0]): Promise<string[]> => {
    const { context, requests } = await scriptedCluster(script);
    await removeObjects(await openCluster(context), place);
    return requests
      .filter((request) => request.startsWith('DELETE') && !request.includes('/pods?'))
      .map((request) => request.slice('DELETE '.length));
  };

  test('takes builder Pods and probes of this environment alone, at once', async () => {
    const { context, requests } = await scriptedCluster(own);
    await removeObjects(await openCluster(context), place);
    expect(
      requests.filter((request) => request.includes('/pods?')).map(decodeURIComponent),
    ).toEqual([
      `DELETE ${namespace}/pods?labelSelector=slipway/installation=slipway-1&gracePeriodSeconds=0`,
      `DELETE ${namespace}/pods?labelSelector=slipway/environment=slipway-1&gracePeriodSeconds=0`,
    ]);
  });

  test.each([
    ['all that the environment made', own, [secret, namespace]],
    ['nothing where nothing is', {}, []],
    [
      "its Secret in a namespace that isn't its own",
      { ...own, [`GET ${namespace}`]: found(object('ns')) },
      [secret],
    ],
    [
      "no Secret of somebody else's",
      { ...own, [`GET ${secret}`]: found(object('registry', 'slipway-2')) },
      [namespace],
    ],
    [
      'no namespace with something else in it',
      { ...own, [`GET ${namespace}/configmaps`]: list(object('settings')) },
      [secret],
    ],
    [
      'no namespace with something that it may not see',
      { ...own, [`GET ${namespace}/services`]: { status: 403 } },
      [secret],
    ],
    [
      'no namespace that is being deleted',
      { ...own, [`GET ${namespace}`]: found(object('ns', 'slipway-1', deleting)) },
      [secret],
    ],
  ])('takes %s', async (_, script, expected) => {
    expect(await deleted(script)).toEqual(expected);
  });

  test('fails where its Secret stays', async () => {
    const { context } = await scriptedCluster({ ...own, [`DELETE ${secret}`]: { status: 403 } });
    await expect(removeObjects(await openCluster(context), place)).rejects.toThrow(
      'refuses to delete the Secret ns/registry (status 403)',
    );
  });
});
