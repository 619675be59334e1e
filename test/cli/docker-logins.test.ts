import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dockerConfigFile, dockerLogins } from '../../cli/docker-logins.ts';
import { UsageError } from '../../cli/exit.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => vi.unstubAllEnvs());

async function config(value: unknown, name = 'config.json'): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function auth(user: string, password: string) {
  return { auth: Buffer.from(`${user}:${password}`).toString('base64') };
}

describe('dockerConfigFile', () => {
  it("is Docker's own, or the one in DOCKER_CONFIG", () => {
    expect(dockerConfigFile({})).toMatch(/\/\.docker\/config\.json$/);
    expect(dockerConfigFile({ DOCKER_CONFIG: '/x' })).toBe('/x/config.json');
  });
});

describe('dockerLogins', () => {
  it.each([
    ['e.com:5000', 'e.com:5000'],
    ['https://e.com:5000/v2/', 'e.com:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['E.com', 'e.com'],
  ])('finds the login that is kept under %s for %s', async (key, host) => {
    const logins = dockerLogins([await config({ auths: { [key]: auth('me', 'a:b') } })]);
    expect(await logins(host)).toEqual({ username: 'me', password: 'a:b' });
  });

  it.each<[string, unknown]>([
    ['another host', { auths: { 'other.com': auth('me', 'x') } }],
    ['no login', { auths: { 'e.com': {} } }],
    ['an empty login', { auths: { 'e.com': { auth: '' } } }],
    ['a login without a name', { auths: { 'e.com': { auth: 'OnB3' } } }],
    ['nothing', {}],
  ])('finds none where the file has %s', async (_, value) => {
    expect(await dockerLogins([await config(value)])('e.com')).toBeNull();
  });

  it('finds none where there is no file', async () => {
    expect(await dockerLogins([join(directory, 'none')])('e.com')).toBeNull();
  });

  it('takes the first file that has one', async () => {
    const files = [
      await config({ auths: { 'x.com': auth('first', 'x') } }, 'one'),
      await config({ auths: { 'e.com': auth('second', 'x') } }, 'two'),
      await config({ auths: { 'e.com': auth('third', 'x') } }, 'three'),
    ];
    expect(await dockerLogins(files)('e.com')).toMatchObject({ username: 'second' });
  });

  it.each(['no JSON but-secret', '{"auths":"but-secret"}'])(
    'refuses a file that is none without a word of what is in it: %s',
    async (text) => {
      const file = await config(text);
      const error = thrownBy(() => dockerLogins([file]));
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toContain(file);
      expect(`${String(error)}${String((error as Error).cause)}`).not.toContain('but-secret');
    },
  );

  it('refuses the name of a helper that would leave the search path', async () => {
    const file = await config({ credsStore: '../../bin/sh' });
    expect(() => dockerLogins([file])).toThrow(UsageError);
  });
});

describe('a credential helper', () => {
  /** A helper that answers as the script says; the host comes on its standard input. */
  async function helper(name: string, script: string): Promise<void> {
    const file = join(directory, `docker-credential-${name}`);
    await writeFile(file, `#!/usr/bin/env node\n${script}`);
    await chmod(file, 0o755);
    vi.stubEnv('PATH', `${directory}${delimiter}${process.env['PATH'] ?? ''}`);
  }

  const echo = `
    let host = '';
    process.stdin.on('data', (chunk) => (host += chunk)).on('end', () =>
      console.log(JSON.stringify({ ServerURL: host, Username: process.argv[2], Secret: host.trim() })));`;

  it.each([
    ['e.com', 'e.com'],
    ['docker.io', 'https://index.docker.io/v1/'],
  ])('is asked for %s', async (host, asked) => {
    await helper('test', echo);
    const logins = dockerLogins([await config({ credsStore: 'test' })]);
    expect(await logins(host)).toEqual({ username: 'get', password: asked });
  });

  it('of a host comes before the default one', async () => {
    await helper('test', echo);
    const value = { credsStore: 'none', credHelpers: { 'e.com': 'test' } };
    expect(await dockerLogins([await config(value)])('e.com')).toMatchObject({ username: 'get' });
  });

  it.each([
    ['is not there', null],
    ['fails', 'process.exit(1);'],
    ['answers something else', "console.log('credentials not found');"],
    ['has a token that only Docker can use', `console.log('{"Username":"<token>","Secret":"x"}');`],
  ])('that %s leaves the file to say it', async (_, script) => {
    if (script !== null) await helper('test', script);
    const value = { credsStore: 'test', auths: { 'e.com': auth('file', 'x') } };
    expect(await dockerLogins([await config(value)])('e.com')).toMatchObject({ username: 'file' });
  });
});
