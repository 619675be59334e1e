import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { SettingsError } from '../../worker/config.ts';
import { loadKubeConfig } from '../../worker/kubernetes.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

afterEach(() => vi.unstubAllEnvs());

/** A kubeconfig with one cluster per context; the first is the current one. */
async function kubeconfig(...contexts: readonly string[]): Promise<string> {
  const file = join(await temporaryDirectory(), 'kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': contexts[0],
    clusters: contexts.map((name) => ({ name, cluster: { server: `https://${name}.test:6443` } })),
    users: [{ name: 'me', user: {} }],
    contexts: contexts.map((name) => ({ name, context: { cluster: name, user: 'me' } })),
  };
  await writeFile(file, stringify(content));
  return file;
}

function load(file: string | undefined, context?: string) {
  return loadKubeConfig({ SLIPWAY_KUBECONFIG: file, SLIPWAY_KUBE_CONTEXT: context });
}

describe('the cluster', () => {
  test.each([
    [undefined, 'https://one.test:6443'],
    ['one', 'https://one.test:6443'],
    ['two', 'https://two.test:6443'],
  ])('of context %s is %s', async (context, server) => {
    const config = load(await kubeconfig('one', 'two'), context);
    expect(config.getCurrentCluster()?.server).toBe(server);
  });

  test('is that of KUBECONFIG where no file is set', async () => {
    vi.stubEnv('KUBECONFIG', await kubeconfig('mine', 'other'));
    expect(load(undefined).getCurrentContext()).toBe('mine');
    expect(load(undefined, 'other').getCurrentCluster()?.server).toBe('https://other.test:6443');
  });
});

test.each(['{}', 'text', 'clusters: 1', 'current-context: gone'])(
  'a kubeconfig without a cluster is refused: %s',
  async (content) => {
    const file = join(await temporaryDirectory(), 'kubeconfig');
    await writeFile(file, content);
    expect(() => load(file)).toThrow(SettingsError);
    expect(() => load(file)).toThrow(/names no cluster; set SLIPWAY_KUBECONFIG/);
  },
);

describe('is refused by the name of its setting', () => {
  test.each([
    [['one', 'two'], 'it has one, two'],
    [[], 'it has none'],
  ])('a context that is not among %j', async (contexts, has) => {
    const file = await kubeconfig(...contexts);
    expect(() => load(file, 'three')).toThrow(SettingsError);
    expect(() => load(file, 'three')).toThrow(
      `SLIPWAY_KUBE_CONTEXT: the kubeconfig has no context "three"; ${has}`,
    );
  });

  test.each([
    ['a file that is not there', undefined],
    ['a file that is no YAML', '{'],
  ])('%s', async (_what, content) => {
    const file = join(await temporaryDirectory(), 'kubeconfig');
    if (content !== undefined) await writeFile(file, content);
    expect(() => load(file)).toThrow(SettingsError);
    expect(() => load(file)).toThrow(`SLIPWAY_KUBECONFIG: ${file} is no usable kubeconfig`);
    vi.stubEnv('KUBECONFIG', file);
    expect(() => load(undefined)).toThrow(`KUBECONFIG: ${file} is no usable kubeconfig`);
  });
});
