import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { npmrcText, readNpmSettings } from '../../../dev/cluster/npm-settings.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const registry = 'https://npm.test/team/';

/** The lines that a machine with these files and this configuration gives a build. */
function lines(
  files: readonly string[],
  configuration: Readonly<Record<string, unknown>> = {},
  environment: Readonly<Record<string, string>> = {},
): readonly string[] {
  const text = npmrcText({ registry, ...configuration }, files, { environment, hasCa: true });
  expect(text).toMatch(/\n$/);
  return text.trimEnd().split('\n');
}

test('the registry and the CAs that a build mounts come first', () => {
  expect(lines([])).toEqual([`registry=${registry}`, 'cafile=/run/secrets/ca']);
  expect(npmrcText({ registry }, [], { environment: {}, hasCa: false })).toBe(
    `registry=${registry}\n`,
  );
});

test('registries of scopes are kept, other settings are not', () => {
  const configuration = {
    '@own:registry': 'https://own.test/',
    '@own:other': 'x',
    'script-shell': '/bin/fish',
    prefix: '/home/ann/.npm-global',
  };
  expect(lines([], configuration)).toEqual([
    `registry=${registry}`,
    '@own:registry=https://own.test/',
    'cafile=/run/secrets/ca',
  ]);
});

describe('a login', () => {
  test.each([
    ['of the registry', '//npm.test/team/:_authToken=t1', true],
    ['of a path above it', '//npm.test/:_authToken=t1', true],
    ['with user and password', '//npm.test/team/:_password=cA==', true],
    ['of a scope’s registry', '//own.test/:_authToken=t2', true],
    ['of another host', '//other.test/:_authToken=t3', false],
    ['of a host with a longer name', '//npm.test.evil/:_authToken=t3', false],
    ['of another path', '//npm.test/team-b/:_authToken=t3', false],
    ['for no registry in particular', '_authToken=t3', false],
    ['that is commented out', '; //npm.test/team/:_authToken=t1', false],
  ])('%s', (_what, line, isTaken) => {
    const configuration = { '@own:registry': 'https://own.test/' };
    expect(lines([`fund=false\n${line}\n`], configuration).includes(line)).toBe(isTaken);
  });

  test('may name a variable; the person’s file comes after the machine’s', () => {
    const files = ['//npm.test/:_authToken=machine', '//npm.test/:_authToken=${TOKEN}'];
    expect(lines(files, {}, { TOKEN: 'mine' }).slice(2)).toEqual([
      '//npm.test/:_authToken=machine',
      '//npm.test/:_authToken=mine',
    ]);
    expect(lines(files).at(-1)).toBe('//npm.test/:_authToken=${TOKEN}');
  });
});

describe('this machine', () => {
  /** A machine whose npm answers so. */
  async function machine(answer: string): Promise<Readonly<Record<string, string>>> {
    const bin = join(await temporaryDirectory(), 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'npm'), `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`);
    await chmod(join(bin, 'npm'), 0o755);
    return { PATH: `${bin}:/usr/bin:/bin` };
  }

  test('has what npm and its files say', async () => {
    const directory = await temporaryDirectory();
    const path = (name: string): string => join(directory, name);
    await writeFile(path('ca.pem'), 'CERTIFICATES');
    await writeFile(path('user'), '//npm.test/team/:_authToken=t1\n');
    const answer = {
      registry,
      cafile: path('ca.pem'),
      userconfig: path('user'),
      globalconfig: path('none'),
    };
    expect(await readNpmSettings(await machine(JSON.stringify(answer)))).toEqual({
      npmrc: `registry=${registry}\ncafile=/run/secrets/ca\n//npm.test/team/:_authToken=t1\n`,
      ca: 'CERTIFICATES',
    });
  });

  test('may have no npm, or one that tells nothing', async () => {
    expect(await readNpmSettings({ PATH: '/nonexistent' })).toBeNull();
    expect(await readNpmSettings(await machine('npm: broken'))).toBeNull();
    expect(await readNpmSettings(await machine('{"registry": null}'))).toBeNull();
  });
});
