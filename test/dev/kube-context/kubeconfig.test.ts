import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { expect, test } from 'vitest';
import { stringify } from 'yaml';

import { ClusterUnusable } from '../../../dev/kube-context/cluster-unusable.ts';
import { findContext } from '../../../dev/kube-context/kubeconfig.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface Content {
  readonly contexts?: readonly string[];
  readonly clusters?: readonly string[];
  readonly users?: readonly string[];
  readonly current?: string;
}

/** Each context has a cluster and a user of its own name. */
async function writeKubeconfig(path: string, content: Content): Promise<string> {
  const { contexts = [], clusters = contexts, users = contexts, current } = content;
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(
    path,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: clusters.map((name) => ({
        name,
        cluster: { server: `https://${name}.example:6443`, 'certificate-authority': 'ca.pem' },
      })),
      users: users.map((name) => ({ name, user: { token: 'secret' } })),
      contexts: contexts.map((name) => ({ name, context: { cluster: name, user: name } })),
      ...(current === undefined ? {} : { 'current-context': current }),
    }),
  );
  return path;
}

test('the context that is asked for wins over the current one', async () => {
  const file = join(await temporaryDirectory(), 'config');
  await writeKubeconfig(file, { contexts: ['one', 'two'], current: 'one' });
  const found = await findContext({ KUBECONFIG: file }, 'two');
  expect(found).toMatchObject({ name: 'two', file, server: 'https://two.example:6443' });
  expect(found.config.getCurrentContext()).toBe('two');
});

test('without KUBECONFIG it is in ~/.kube/config, and paths are relative to that', async () => {
  const home = await temporaryDirectory();
  const file = await writeKubeconfig(join(home, '.kube', 'config'), { contexts: ['one'] });
  const found = await findContext({ HOME: home, KUBECONFIG: '' }, 'one');
  expect(found.file).toBe(file);
  expect(found.config.getCurrentCluster()?.caFile).toBe(join(home, '.kube', 'ca.pem'));
});

test('of several files the first one that has it counts, and a missing one is passed over', async () => {
  const directory = await temporaryDirectory();
  const one = await writeKubeconfig(join(directory, 'one'), { contexts: ['a'] });
  const two = await writeKubeconfig(join(directory, 'two'), { contexts: ['a', 'b'] });
  const KUBECONFIG = [join(directory, 'missing'), one, two].join(delimiter);
  expect((await findContext({ KUBECONFIG }, 'a')).file).toBe(one);
  expect((await findContext({ KUBECONFIG }, 'b')).file).toBe(two);
});

test.each<[string, Content | string | undefined, RegExp]>([
  [
    'an unknown context',
    { contexts: ['b', 'a'] },
    /no context wanted in .*config\. There are: a, b\.$/,
  ],
  ['no file', undefined, /no kubeconfig with contexts at .*config\. KUBECONFIG names another file/],
  ['no contexts', {}, /no kubeconfig with contexts/],
  [
    'a cluster in another file',
    { contexts: ['wanted'], clusters: [] },
    /--flatten --minify --context wanted/,
  ],
  [
    'a user in another file',
    { contexts: ['wanted'], users: [] },
    /--flatten --minify --context wanted/,
  ],
  ['something else', 'hello: [', /config can't be read as a kubeconfig/],
  ['nothing', '', /config can't be read as a kubeconfig/],
])('%s is told', async (_, content, message) => {
  const file = join(await temporaryDirectory(), 'config');
  if (typeof content === 'string') await writeFile(file, content);
  else if (content !== undefined) await writeKubeconfig(file, content);
  const found = findContext({ KUBECONFIG: file }, 'wanted');
  await expect(found).rejects.toThrow(ClusterUnusable);
  await expect(found).rejects.toThrow(message);
});
