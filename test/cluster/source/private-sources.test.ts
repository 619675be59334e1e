import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { expect, inject, test } from 'vitest';
import { serveGitOverHttps } from '../../support/git-https-server.ts';
import { createRepository } from '../../support/git-repository.ts';
import { lfsPointer, lfsServer } from '../../support/lfs-server.ts';
import { acquireOpenSsh, makeSshKey, startSshServer } from '../../support/openssh.ts';
import { createInstallation } from '../../support/product/installation.ts';
import { kubeConfigOf, storeOf } from '../../support/product/run-guard.ts';
import { searchFiles, searchHistories, searchObjects } from '../../support/product/run-search.ts';
import { secretSearch } from '../../support/product/secret-search.ts';
import { workerLogDirectory } from '../../support/product/worker-process.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const environment = inject('environment');
const { namespace } = environment.kubernetes;

/** As `kubectl create secret generic`, `label` and `annotate` make it; gone after the test. */
async function createSecret(
  name: string,
  host: string,
  type: string,
  stringData: Readonly<Record<string, string>>,
): Promise<AsyncDisposable> {
  const api = kubeConfigOf(environment).makeApiClient(CoreV1Api);
  const metadata = {
    name,
    labels: { 'slipway/use': 'git' },
    annotations: { 'slipway/hosts': host },
  };
  await api.createNamespacedSecret({ namespace, body: { metadata, type, stringData } });
  return {
    async [Symbol.asyncDispose]() {
      await api.deleteNamespacedSecret({ namespace, name });
    },
  };
}

test('one application from private repositories over https and ssh, with submodules and LFS', async () => {
  const login = { username: 'team', password: 'planted-git-password-8h2k' };
  const large = Buffer.from('a large file');
  const root = await temporaryDirectory();
  const lib = await createRepository(await directoryIn(root, 'lib'));
  const libCommit = await lib.commit({ 'lib.txt': 'lib' });
  const web = await createRepository(await directoryIn(root, 'web'));
  await web.commit({
    Dockerfile:
      'FROM busybox\nCOPY . /src\nRUN grep -qx lib /src/lib/lib.txt && grep -qx "a large file" /src/a.bin\n',
    '.gitattributes': '*.bin filter=lfs -text\n',
    'a.bin': lfsPointer(large),
    '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../../../lib/repository/.git\n',
  });
  await web.git('update-index', '--add', '--cacheinfo', `160000,${libCommit},lib`);
  await web.git('commit', '--quiet', '-m', 'lib');
  const api = await createRepository(await directoryIn(root, 'api'));
  await api.commit({ Dockerfile: 'FROM busybox\nCOPY main.txt /\n', 'main.txt': 'api' });

  const https = await serveGitOverHttps(root, { login, serve: lfsServer([large]).serve });
  const openSsh = await acquireOpenSsh();
  const key = await makeSshKey(openSsh);
  const ssh = await startSshServer(openSsh, { authorizedKeys: [key.publicKey] });
  await using _password = await createSecret(
    'git-password',
    new URL(https.url).host,
    'kubernetes.io/basic-auth',
    login,
  );
  await using _key = await createSecret('git-key', ssh.host, 'kubernetes.io/ssh-auth', {
    'ssh-privatekey': key.privateKey,
    known_hosts: ssh.knownHosts,
  });

  const caBundle = join(root, 'ca.pem');
  await writeFile(caBundle, (await readFile(environment.caBundle, 'utf8')) + https.caBundle);
  await using installation = await createInstallation(environment, 'private');
  const gitPath = [installation.settings['SLIPWAY_GIT_PATH'] ?? '', ...openSsh.clientPath];
  await installation.startWorker({
    SLIPWAY_CA_BUNDLE: caBundle,
    SLIPWAY_GIT_PATH: gitPath.join(':'),
  });
  const result = await installation.build({
    name: 'shop',
    source: web.url,
    containers: {
      'web/site': {
        source: {
          git: `${https.url}/web/repository/.git`,
          ref: 'main',
          secret: 'git-password',
          submodules: true,
          lfs: true,
        },
      },
      'api/server': {
        source: { git: `${ssh.url}${api.directory}/.git`, ref: 'main', secret: 'git-key' },
      },
    },
  });
  expect(result).toMatchObject({ status: 'succeeded' });

  const line = key.privateKey.split('\n')[3] ?? '';
  const { values } = secretSearch([
    { name: 'the git password', value: login.password },
    { name: 'the ssh key', value: line },
  ]);
  const { settings, client } = installation;
  const found = await Promise.all([
    searchHistories(client.temporal, values, `TaskQueue = '${settings['SLIPWAY_TASK_QUEUE']}'`),
    searchObjects(storeOf(environment), values),
    searchFiles(workerLogDirectory(environment), values),
  ]);
  expect(line.length).toBeGreaterThan(40);
  expect(found.flat()).toEqual([]);
});

async function directoryIn(root: string, name: string): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory);
  return directory;
}
