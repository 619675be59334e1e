import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { AptSource } from '../../../../dev/tools/debian/apt-sources.ts';
import {
  formatSources,
  forRelease,
  isDebianArchive,
  parseDeb822Sources,
  parseOneLineSources,
  readAptSources,
} from '../../../../dev/tools/debian/apt-sources.ts';
import { scratchDirectory } from '../support.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const mirror = 'http://mirror.example/debian';

describe('the one-line style', () => {
  test.each<[string, readonly AptSource[]]>([
    [`deb ${mirror} bookworm main`, [{ uri: mirror, suite: 'bookworm', components: ['main'] }]],
    [
      `deb [arch=amd64 signed-by=${keyring}] ${mirror} bookworm main contrib # ours`,
      [{ uri: mirror, suite: 'bookworm', components: ['main', 'contrib'], signedBy: keyring }],
    ],
    [`# deb ${mirror} bookworm main`, []],
    [`deb-src ${mirror} bookworm main`, []],
    ['', []],
    ['nonsense', []],
  ])('%s', (text, expected) => {
    expect(parseOneLineSources(text)).toEqual(expected);
  });
});

describe('deb822', () => {
  test('each combination of URI and suite is a source; comments and other fields are not', () => {
    const text = [
      '# made by the installer',
      'Types: deb deb-src',
      'URIs: http://a.example/debian http://b.example/debian/',
      'Suites: bookworm',
      ' bookworm-updates',
      '# between fields',
      'Components: main',
      `Signed-By: ${keyring}`,
      '',
      'Types: deb',
      'URIs: http://c.example/debian-security',
      'Suites: bookworm-security',
      'Components: main',
    ].join('\n');
    expect(
      parseDeb822Sources(text).map(({ uri, suite, signedBy }) => [uri, suite, signedBy]),
    ).toEqual([
      ['http://a.example/debian', 'bookworm', keyring],
      ['http://a.example/debian', 'bookworm-updates', keyring],
      ['http://b.example/debian/', 'bookworm', keyring],
      ['http://b.example/debian/', 'bookworm-updates', keyring],
      ['http://c.example/debian-security', 'bookworm-security', undefined],
    ]);
  });

  test.each([
    ['switched off', 'Types: deb\nEnabled: no'],
    ['source packages only', 'Types: deb-src'],
  ])('%s', (_name, head) => {
    expect(
      parseDeb822Sources(`${head}\nURIs: ${mirror}\nSuites: bookworm\nComponents: main`),
    ).toEqual([]);
  });

  test('a key inside the file is left to the system’s trusted keys', () => {
    const text = `Types: deb\nURIs: ${mirror}\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN\n .\n key`;
    expect(parseDeb822Sources(text)).toEqual([
      { uri: mirror, suite: 'bookworm', components: ['main'] },
    ]);
  });
});

describe('which sources are Debian’s own', () => {
  test.each<[string, string, string, boolean]>([
    ['http://mirror.example/debian', 'bookworm', 'main', true],
    ['http://mirror.example/debian/', 'bookworm-updates', 'main', true],
    ['https://mirror.example/some/path/debian-security', 'bookworm-security', 'main', true],
    ['mirror+file:///etc/apt/mirrors/debian.list', 'bookworm', 'main', true],
    ['http://mirror.example/debian', 'bookworm-backports', 'main', false],
    ['http://mirror.example/debian', 'trixie', 'main', false],
    ['http://mirror.example/debian', 'bookworm', 'stable', false],
    ['https://vendor.example/linux/debian-like', 'bookworm', 'main', false],
    ['https://vendor.example', 'bookworm', 'main', false],
  ])('%s %s %s', (uri, suite, component, expected) => {
    expect(isDebianArchive({ uri, suite, components: [component] }, 'bookworm')).toBe(expected);
  });
});

test('another release, written in the one-line style, once each and main alone', () => {
  const source = {
    uri: mirror,
    suite: 'trixie-updates',
    components: ['main', 'contrib'],
    signedBy: keyring,
  };
  const text = formatSources(forRelease([source, source], 'trixie', 'bookworm'));
  expect(text).toBe(`deb [signed-by=${keyring}] ${mirror} bookworm-updates main\n`);
  expect(parseOneLineSources(text)).toEqual([
    { ...source, suite: 'bookworm-updates', components: ['main'] },
  ]);
});

test('all files of an apt directory are read, those switched off by their name are not', async () => {
  const directory = await scratchDirectory();
  const parts = join(directory, 'sources.list.d');
  await mkdir(parts);
  await writeFile(join(directory, 'sources.list'), 'deb http://one.example/debian bookworm main\n');
  await writeFile(join(parts, 'two.list'), 'deb http://two.example/debian bookworm main\n');
  await writeFile(
    join(parts, 'three.sources'),
    'Types: deb\nURIs: http://three.example/debian\nSuites: bookworm\nComponents: main\n',
  );
  await writeFile(
    join(parts, 'four.list.disabled'),
    'deb http://four.example/debian bookworm main\n',
  );
  const hosts = (await readAptSources(directory)).map(({ uri }) => new URL(uri).hostname);
  expect(hosts).toEqual(['one.example', 'two.example', 'three.example']);
  expect(await readAptSources(join(directory, 'absent'))).toEqual([]);
});
