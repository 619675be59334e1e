import { describe, expect, it } from 'vitest';
import { baseProblems } from '../../../../activities/package/verify/check-bases.ts';

const pinned = (name: string, digit: string): string => `${name}@sha256:${digit.repeat(64)}`;
const a = pinned('docker.io/library/a', 'a');
const b = pinned('e.com:5000/b', 'b');
const images = [
  { name: 'a:1', digest: `sha256:${'a'.repeat(64)}` },
  { name: 'e.com:5000/b', digest: `sha256:${'b'.repeat(64)}` },
];

function problems(text: string, target: string | null = null): readonly string[] {
  return baseProblems(text, { file: 'D', buildArgs: { V: '1' }, target }, images);
}

describe('baseProblems', () => {
  it.each([
    ['each image that is a material', `FROM ${a}\nCOPY --from=${b} /x /y\n`, null],
    [
      'stages, and an image from nothing',
      `FROM ${a} AS s\nFROM scratch\nCOPY --from=s /x /y\n`,
      null,
    ],
    ['less than the materials', 'FROM scratch\n', null],
    ['no digest where nothing is built', `FROM gone:1 AS x\nFROM ${a}\n`, null],
    ['no digest behind the target', `ARG V\nFROM ${a} AS t\nFROM gone:$V\n`, 't'],
  ])('is content with %s', (_, text, target) => {
    expect(problems(text, target)).toEqual([]);
  });

  it.each([
    ['no digest', 'FROM a:1\n', 'D:1: a:1 has no digest'],
    ['another digest', `FROM ${pinned('a', 'c')}\n`, `D:1: ${pinned('a', 'c')} is no material`],
    ['another repository', `FROM ${pinned('evil', 'a')}\n`, 'is no material'],
    ['COPY --from', `FROM ${a}\nCOPY --from=${pinned('c', 'c')} /x /y\n`, 'D:2: c@sha256:c'],
    ['a stage that is not built', `FROM ${pinned('c', 'c')} AS x\nFROM ${a}\n`, 'D:1: c@sha256:c'],
    ['no Dockerfile', 'nothing at all\n', 'D:1: there is no instruction NOTHING'],
    ['more than is ever built', `#${' '.repeat(200 * 1024)}\nFROM ${a}\n`, 'D has 20'],
  ])('finds %s', (_, text, problem) => {
    expect(problems(text)).toEqual([expect.stringContaining(problem)]);
  });

  it('asks what the target needs', () => {
    expect(problems(`FROM gone:1 AS t\nFROM ${a}\n`)).toEqual([]);
    expect(problems(`FROM gone:1 AS t\nFROM ${a}\n`, 't')).toEqual(['D:1: gone:1 has no digest']);
  });
});
