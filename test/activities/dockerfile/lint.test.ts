import { describe, expect, it } from 'vitest';
import { lintDockerfile } from '../../../activities/dockerfile/lint.ts';

function lint(
  text: string,
  buildArgs: Record<string, string> = {},
): ReturnType<typeof lintDockerfile> {
  return lintDockerfile(text, { buildArgs, target: null, platform: 'linux/amd64', file: 'D' });
}

describe('lintDockerfile, ADD', () => {
  it.each([
    ['a URL', 'ADD https://e.com/x /x', false],
    ['a URL among files', 'ADD a https://e.com/x /x/', false],
    ['a URL in JSON form', 'ADD ["https://e.com/x", "/x"]', false],
    ['a git repository', 'ADD git@e.com:x/y.git /x', false],
    ['a URL from an argument', 'ARG U=https://e.com\nADD $U/x /x', false],
    ['what only the builder can resolve', 'ADD $U /x', false],
    ['a URL with its checksum', `ADD --checksum=sha256:${'a'.repeat(64)} https://e.com/x /x`, true],
    ['files', 'ADD a b /x', true],
    ['a file from an argument', 'ARG F=a.tar\nADD $F /x', true],
    ['a here-document', 'ADD <<E /x\nhttps://e.com\nE', true],
    ['a URL to copy to', 'ADD a https://e.com', true],
    ['a URL elsewhere', 'RUN curl https://e.com', true],
  ])('%s', (_, instruction, cacheable) => {
    const result = lint(`FROM a\n${instruction}\n`);
    expect(result.cacheable).toBe(cacheable);
    expect(result.warnings).toHaveLength(cacheable ? 0 : 1);
  });

  it('names the line, and no password', () => {
    expect(lint('FROM a\n\nADD https://me:hunter2@e.com/x /x').warnings).toEqual([
      'D:3: ADD https://***@e.com/x without --checksum: its content may change, so this container is never `unchanged`',
    ]);
  });
});

describe('lintDockerfile, build arguments', () => {
  it('says where one is given as far as that is known', () => {
    const inputs = {
      buildArgs: { A: 'b', C: 'd' },
      target: null,
      platform: 'linux/amd64',
      file: 'D',
    };
    const place = (name: string): string | null => (name === 'A' ? 'a.yaml:1:2: x.A' : null);
    const { warnings } = lintDockerfile('FROM a\n', inputs, place);
    expect(warnings).toEqual([
      'a.yaml:1:2: x.A: no ARG of D declares the build argument A: it has no effect',
      'D: no ARG declares the build argument C: it has no effect',
    ]);
  });

  it('warns of those that no ARG declares, in any stage', () => {
    const text = 'ARG A\nFROM a\nARG B=1 C\nFROM b\narg D\n';
    const given = { A: '', B: '', C: '', D: '', E: '', HTTP_PROXY: '', no_proxy: '' };
    expect(lint(text, given).warnings).toEqual([
      'D: no ARG declares the build argument E: it has no effect',
    ]);
  });
});
