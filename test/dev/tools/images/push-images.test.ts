import { existsSync, readFileSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { issueAuthority, issueCertificate } from '../../../../dev/credentials/issue.ts';
import type { PushImagesOptions } from '../../../../dev/tools/images/push-images.ts';
import { PushError, pushImages } from '../../../../dev/tools/images/push-images.ts';
import { startScriptedRegistry } from '../../../support/scripted-registry.ts';
import { recordingReporter, scratchDirectory, writeScript } from '../support.ts';

const login = { username: 'builder', password: 'hunter2-secret' };
const image = {
  name: 'library/debian:12',
  tags: ['bookworm'],
  layout: '/cache/layout',
  digest: `sha256:${'a'.repeat(64)}`,
};

interface World extends PushImagesOptions {
  readonly reporter: ReturnType<typeof recordingReporter>;
  /** The arguments of each call of skopeo. */
  readonly calls: () => Promise<readonly string[]>;
}

/** A registry that has what skopeo has "pushed"; skopeo only writes down how it was called. */
async function world(skopeo: string, has: readonly string[] = []): Promise<World> {
  const directory = await scratchDirectory();
  const log = join(directory, 'skopeo.log');
  const authority = await issueAuthority('test', new Date());
  const pair = await issueCertificate(
    authority,
    { commonName: 'registry', names: ['localhost'] },
    new Date(),
  );
  const registry = await startScriptedRegistry({
    authentication: 'basic',
    login,
    tls: pair,
    intercept: (request, response) => {
      const [, repository, tag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(request.url ?? '') ?? [];
      const pushed = existsSync(log) ? readFileSync(log, 'utf8') : '';
      const reference = `${repository}:${tag}`;
      const present = has.includes(reference) || pushed.includes(`/${reference}\n`);
      if (present) response.writeHead(200, { 'docker-content-digest': image.digest }).end();
      return present;
    },
  });
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const [caFile, credentialsFile] = [join(directory, 'ca.pem'), join(directory, 'auth.json')];
  await writeFile(caFile, authority.certificate);
  await writeFile(credentialsFile, JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const script = await writeScript(join(directory, 'skopeo'), skopeo, `echo "$*" >> ${log}`);
  return {
    images: [image],
    registryHost: registry.host,
    caFile,
    credentialsFile,
    tools: { skopeo: script, environment: {} },
    reporter: recordingReporter(),
    calls: async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').slice(0, -1),
  };
}

const recording = ':';

test('each name that the registry lacks is pushed, and asked for again', async () => {
  const options = await world(recording);
  await pushImages(options);
  const calls = await options.calls();
  expect(calls.map((call) => call.split(' ').at(-1))).toEqual([
    `docker://${options.registryHost}/library/debian:12`,
    `docker://${options.registryHost}/library/debian:bookworm`,
  ]);
  await pushImages(options);
  expect(await options.calls()).toEqual(calls);
});

test('what the registry has is not pushed, and nothing is said', async () => {
  const options = await world(recording, ['library/debian:12', 'library/debian:bookworm']);
  await pushImages(options);
  expect(await options.calls()).toEqual([]);
  expect(options.reporter.lines).toEqual([]);
});

test('the login is in no argument', async () => {
  const options = await world(recording);
  await pushImages(options);
  const text = (await options.calls()).join('\n');
  expect(text).toContain(`--authfile ${options.credentialsFile}`);
  for (const secret of [
    login.password,
    Buffer.from(`builder:${login.password}`).toString('base64'),
  ])
    expect(text).not.toContain(secret);
});

test('skopeo gets a directory with the CA alone', async () => {
  const options = await world('/bin/ls "$7" > "$5.listing"');
  await pushImages(options);
  expect(await readFile(`${options.credentialsFile}.listing`, 'utf8')).toBe('ca.crt\n');
  const call = (await options.calls())[0] ?? '';
  const directory = /--dest-cert-dir (\S+)/.exec(call)?.[1] ?? '';
  await expect(readdir(directory)).rejects.toThrow('ENOENT');
});

test('a push that the registry does not answer for is an error', async () => {
  const options = await world('exit 0');
  const result = pushImages(options);
  await expect(result).rejects.toThrow(PushError);
  await expect(result).rejects.toThrow(/answers nothing for library\/debian:12 after the push/);
});

test('a push that fails tells skopeo’s words', async () => {
  const options = await world('echo "manifest invalid" >&2; exit 1');
  await expect(pushImages(options)).rejects.toThrow('manifest invalid');
});

test('a login for another registry is not used', async () => {
  const options = await world(recording);
  await writeFile(
    options.credentialsFile,
    JSON.stringify({ auths: { 'other:5000': { auth: 'x' } } }),
  );
  await expect(pushImages(options)).rejects.toThrow(`has no login for ${options.registryHost}`);
});

test('a wrong login and a registry that nobody vouches for are told', async () => {
  const options = await world(recording);
  const auth = Buffer.from('builder:wrong').toString('base64');
  const auths = { [options.registryHost]: { auth } };
  await writeFile(options.credentialsFile, JSON.stringify({ auths }));
  await expect(pushImages(options)).rejects.toThrow(/HEAD .* answered 401/);
  await writeFile(options.caFile, (await issueAuthority('other', new Date())).certificate);
  await expect(pushImages(options)).rejects.toThrow(/HEAD .* failed: .*certificate/);
});
