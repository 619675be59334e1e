import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

import { down } from '../../dev/down.ts';
import { openJournal } from '../../dev/instance/journal.ts';
import { instancePaths } from '../../dev/instance/paths.ts';
import { scriptedCluster } from '../support/scripted-cluster.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { recordingReporter } from './tools/support.ts';

/** A home whose environment used a cluster at this URL; nothing of it runs. */
async function homeWithCluster(server: string): Promise<string> {
  const directory = await temporaryDirectory();
  const kubeconfig = join(directory, 'kubeconfig-of-the-user');
  const name = 'mine';
  await writeFile(
    kubeconfig,
    stringify({
      clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    }),
  );
  const home = join(directory, 'home');
  await mkdir(home);
  await openJournal(instancePaths(home).journal).add({
    kind: 'cluster-objects',
    kubeconfig,
    context: name,
    namespace: 'ns',
  });
  return home;
}

describe('down of an environment with a cluster of the user’s', () => {
  test('removes what it has there, and forgets it', async () => {
    const { context, requests } = await scriptedCluster({});
    const home = await homeWithCluster(context.server);
    await down({ home, purge: false, reporter: recordingReporter() });
    expect(requests.filter((request) => request.startsWith('DELETE'))).toHaveLength(2);
    expect(await openJournal(instancePaths(home).journal).entries()).toEqual([]);
  });

  test('keeps it in mind, with the data, where the cluster is away', async () => {
    const home = await homeWithCluster('http://127.0.0.1:1');
    await writeFile(instancePaths(home).environment, '{}');
    await expect(down({ home, purge: true, reporter: recordingReporter() })).rejects.toThrow(
      /context mine could not be removed: .* in the namespace ns\. .*kubectl --kubeconfig \S+ --context mine -n ns delete secret registry/,
    );
    expect(existsSync(instancePaths(home).environment)).toBe(false);
    expect(await openJournal(instancePaths(home).journal).entries()).toHaveLength(1);
  });

  test('purges its home and nothing beside it', async () => {
    const { context } = await scriptedCluster({});
    const home = await homeWithCluster(context.server);
    await mkdir(instancePaths(home).data);
    await down({ home, purge: true, reporter: recordingReporter() });
    expect(existsSync(home)).toBe(false);
    expect(existsSync(join(home, '..', 'kubeconfig-of-the-user'))).toBe(true);
  });
});

test('down without an environment says so', async () => {
  const reporter = recordingReporter();
  const home = join(await temporaryDirectory(), 'missing');
  await down({ home, purge: true, reporter });
  expect(reporter.lines).toEqual([`There is no local environment in ${home}.`]);
});

test('down leaves what somebody else has put into the home', async () => {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'notes.txt'), 'mine');
  await mkdir(instancePaths(home).data);
  await down({ home, purge: true, reporter: recordingReporter() });
  expect(existsSync(join(home, 'notes.txt'))).toBe(true);
  expect(existsSync(instancePaths(home).data)).toBe(false);
});
