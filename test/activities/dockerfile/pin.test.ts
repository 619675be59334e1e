import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { externalImages, pinDockerfile } from '../../../activities/dockerfile/pin.ts';
import type { BuildInputs } from '../../../activities/dockerfile/stages.ts';

// Property tests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const digest = `sha256:${'b'.repeat(64)}`;
const inputs: BuildInputs = { buildArgs: {}, target: null, platform: 'linux/amd64', file: 'D' };

function images(text: string, given: Partial<BuildInputs> = {}): readonly string[] {
  return externalImages(text, { ...inputs, ...given }).map(({ name }) => name);
}

function pin(text: string, given: Partial<BuildInputs> = {}): string {
  return pinDockerfile(text, externalImages(text, { ...inputs, ...given }), () => digest);
}

function outcome(text: string): string {
  try {
    pin(text);
    return 'read';
  } catch (error) {
    const { type, message } = error as { readonly type?: string; readonly message?: string };
    return `${type} ${message}`;
  }
}

const lines = (...text: readonly string[]): string => text.join('\n');

describe('externalImages', () => {
  it.each<[string, string, readonly string[], Partial<BuildInputs>]>([
    ['a plain FROM', 'FROM debian:12', ['debian:12'], {}],
    ['lower case and indentation', '  from debian:12 as x', ['debian:12'], {}],
    ['a platform', 'FROM --platform=$BUILDPLATFORM debian AS x', ['debian'], {}],
    ['scratch', 'FROM scratch', [], {}],
    ['quotes', 'FROM "debian:12"', ['debian:12'], {}],
    ['a default', 'ARG V=12\nFROM debian:$V', ['debian:12'], {}],
    [
      'a build argument over a default',
      'ARG V=12\nFROM debian:$V',
      ['debian:13'],
      { buildArgs: { V: '13' } },
    ],
    ['a default of a default', 'ARG V=12\nARG B=debian:${V}\nFROM ${B}', ['debian:12'], {}],
    ['a name that all objects have', 'ARG valueOf=12\nFROM debian:$valueOf', ['debian:12'], {}],
    ['several ARGs at once', 'ARG A=debian V="12"\nFROM $A:$V', ['debian:12'], {}],
    [':- for what is not given', 'ARG V\nFROM debian:${V:-12}', ['debian:12'], {}],
    [':- for what is empty', 'ARG V=\nFROM debian:${V:-12}', ['debian:12'], {}],
    ['- for what is empty', 'ARG V=\nFROM debian${V-x}', ['debian'], {}],
    [':+', 'ARG V=1\nFROM debian${V:+:12}', ['debian:12'], {}],
    ['nested', 'ARG V\nARG W=11\nFROM debian:${V:-${W}}', ['debian:11'], {}],
    ['the platform’s arguments', 'FROM tool-$TARGETARCH', ['tool-amd64'], {}],
    ['a stage', 'FROM debian AS Base\nFROM base', ['debian'], {}],
    ['a stage named like its image', 'FROM nginx AS nginx\nFROM nginx', ['nginx'], {}],
    ['an image named like a later stage', 'FROM x\nFROM debian AS x', ['x', 'debian'], {}],
    ['COPY --from of an image', 'FROM a\nCOPY --from=b:1 /x /y', ['a', 'b:1'], {}],
    [
      'COPY --from of a stage by name and number',
      'FROM a AS s\nFROM b\nCOPY --from=s /x /y\nCOPY --from=0 /x /y',
      ['a', 'b'],
      {},
    ],
    [
      'COPY --from with other flags',
      'FROM a\ncopy --chown=1:1 --from=b --link /x /y',
      ['a', 'b'],
      {},
    ],
    [
      'an argument in COPY --from',
      'ARG T=tool:1\nFROM a\nARG T\nCOPY --from=$T /x /y',
      ['a', 'tool:1'],
      {},
    ],
    ['ENV over ARG', 'FROM a\nARG T=x\nENV T=y\nCOPY --from=$T /x /y', ['a', 'y'], {}],
    [
      'arguments of the stage below',
      'FROM a AS s\nARG T=x\nFROM s\nCOPY --from=$T /x /y',
      ['a', 'x'],
      {},
    ],
    [
      'mounts',
      'FROM a AS s\nFROM c\nRUN --mount=type=bind,from=b:1,target=/x --mount=type=cache,target=/y --mount=from=s,target=/z ls',
      ['a', 'c', 'b:1'],
      {},
    ],
    ['a shell word that looks like a flag', 'FROM a\nRUN ls --mount=from=b', ['a'], {}],
    [
      'continuation lines, comments and blank lines in between',
      'FROM \\\n# comment\n\n  a \\\n AS s\nRUN \\\n  --mount=from=b ls',
      ['a', 'b'],
      {},
    ],
    ['a name over two lines', 'FROM debi\\\nan:12', ['debian:12'], {}],
    [
      'a mount over two lines',
      'FROM a\nRUN --mount=type=bind,\\\nfrom=b:1,target=/x ls',
      ['a', 'b:1'],
      {},
    ],
    ['an escape directive', '# escape=`\nFROM a `\n AS s\nRUN dir C:\\\nFROM b', ['a', 'b'], {}],
    ['a byte order mark and CRLF', '\uFEFFFROM a\r\nRUN x \\\r\n y\r\nFROM b\r\n', ['a', 'b'], {}],
    ['a here-document', 'FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c', ['a', 'c'], {}],
    [
      'two here-documents',
      'FROM a\nCOPY <<"A" <<-B /x\nFROM b\nA\nFROM b\n\tB\nFROM c',
      ['a', 'c'],
      {},
    ],
    ['a numbered here-document', 'FROM a\nRUN x 3<<E\nFROM b\nE\nFROM c', ['a', 'c'], {}],
    ['<< inside quotes', 'FROM a\nRUN sh -c "cat <<EOF"\nFROM b', ['a', 'b'], {}],
    ['<< that shifts, and <<<', 'FROM a\nRUN echo $((1 << 2)) <<<x\nFROM b', ['a', 'b'], {}],
    ['<< in a JSON form', 'FROM a\nRUN ["cat", "<<EOF"]\nFROM b', ['a', 'b'], {}],
    ['<< where it means nothing', 'FROM a\nCMD cat <<EOF\nFROM b', ['a', 'b'], {}],
    ['an escaped backslash at the end', 'FROM a\nRUN echo \\\\\nFROM b', ['a', 'b'], {}],
    ['triggers, which belong to another build', 'FROM a\nONBUILD COPY --from=b /x /y', ['a'], {}],
    [
      'stages of triggers, with the variables of the stage that they run in',
      'FROM a AS s\nONBUILD ARG T=x\nONBUILD COPY --from=t /x /y\nFROM c AS t\nFROM s\nCOPY --from=$T /x /y',
      ['a', 'c', 'x'],
      {},
    ],
    [
      'nothing of triggers twice removed',
      'FROM a AS s\nONBUILD COPY --from=0 /x /y\nFROM s AS t\nFROM t',
      ['a'],
      {},
    ],
    ...['"from=b:1"', `'from=b:1'`, 'from="b:1"', `from='b:1'`].map(
      (option): [string, string, readonly string[], object] => [
        `a mount’s ${option}`,
        `FROM a\nRUN --mount=type=bind,${option},target=/x ls`,
        ['a', 'b:1'],
        {},
      ],
    ),
    ['flags without a value', 'FROM a\nCOPY --link --parents --from=b /x /y', ['a', 'b'], {}],
    ['comments', '# FROM x\nFROM a\n  # FROM y', ['a'], {}],
  ])('finds %s', (_, text, names, given) => {
    expect(images(text, given)).toEqual(names);
  });

  it('gives full references', () => {
    const [image] = externalImages('FROM debian:12', inputs);
    expect(image).toMatchObject({
      line: 1,
      reference: { host: 'docker.io', path: 'library/debian', tag: '12', digest: null },
    });
  });

  it('knows which images the target needs', () => {
    const text = lines(
      'FROM a AS base',
      'FROM b AS tools',
      'FROM c AS test',
      'FROM base AS runtime',
      'COPY --from=tools /x /y',
      'FROM d AS later',
    );
    const needed = (target: string | null): readonly string[] =>
      externalImages(text, { ...inputs, target })
        .filter((image) => image.needed)
        .map(({ name }) => name);
    expect(needed('runtime')).toEqual(['a', 'b']);
    expect(needed('RUNTIME')).toEqual(['a', 'b']);
    expect(needed('2')).toEqual(['c']);
    expect(needed(null)).toEqual(['d']);
  });

  it.each([
    ['no FROM', 'RUN ls', 'D has no FROM instruction'],
    ['nothing', '', 'D has no FROM instruction'],
    ['FROM alone', 'FROM', 'D:1: FROM names no image'],
    [
      'an ARG without value',
      'ARG V\nFROM debian:$V',
      'D:2: the image debian:$V cannot be known before the build: V has no value',
    ],
    ['an unknown variable', 'FROM a\n\nFROM ${V}', 'D:3: the image ${V} cannot be known'],
    ['a stage’s ARG in FROM', 'FROM a\nARG V=1\nFROM b:$V', 'D:3: the image b:$V cannot be known'],
    [
      'a global ARG that the stage does not declare',
      'ARG V=1\nFROM a\nCOPY --from=b:$V /x /y',
      'D:3: the image b:$V cannot be known',
    ],
    [
      'a substitution that only BuildKit has',
      'ARG V=1\nFROM a:${V#x}',
      'D:2: the image a:${V#x} cannot be known',
    ],
    ['a brace that stays open', 'FROM a:${V', 'D:1: the image a:${V cannot be known'],
    ['a required argument', 'ARG V\nFROM a:${V:?x}', 'D:2: the image a:${V:?x} cannot be known'],
    [
      'a mistyped stage',
      'FROM a AS Build\nCOPY --from=Buidl /x /y',
      'D:2: "Buidl" is neither an earlier stage nor an image',
    ],
    [
      'a number without stage',
      'FROM a\nCOPY --from=1 /x /y',
      'D:2: there is no stage 1 before this one, which is stage 0',
    ],
    [
      'an instruction that is none',
      'FROM a\nRUM x',
      'D:2: there is no instruction RUM; did you mean RUN?',
    ],
    ['a line that starts like none', 'FROM a\nnpm ci', 'D:2: there is no instruction NPM'],
    ['an open here-document', 'FROM a\nRUN <<EOF\nx', 'D:2: the here-document EOF has no end'],
    [
      'a mount from two images',
      'FROM a\nRUN --mount=type=bind,from=b:1,FROM=c:1,target=/x ls',
      'D:2: one --mount of RUN has several `from=` (b:1, c:1)',
    ],
    [
      'a mount from a stage and an image',
      'FROM a AS s\nFROM a\nRUN --mount="from=s",target=/x,"from=c:1" ls',
      'D:3: one --mount of RUN has several `from=` (s, c:1)',
    ],
    ...['RUN --mount=type=bind,fr"om"=b:1 ls', 'RUN --mount=type=bind,from=b":1" ls'].map(
      (text): [string, string, string] => [
        `quotes inside of a mount’s from: ${text}`,
        `FROM a\n${text}`,
        'D:2: the `from=` of a --mount of RUN has quotes inside: from=b:1 is expected',
      ],
    ),
    ...(
      [
        ['RUN --mount=type=cache,target="/a b" --mount=from=b:1 ls', 'mount', 'has a quote'],
        [`RUN --mount=target='"'"/x --mount=from=b:1,target=/" ls`, 'mount', 'has a quote'],
        ['FROM --platform="linux/amd64 b:1" c:1', 'platform', 'has a quote'],
        ['RUN --mount=target=/a\\ b --mount=from=b:1 ls', 'mount', 'has a backslash'],
        ['RUN --mount=type=bind,fr\\om=b:1 ls', 'mount', 'has a backslash'],
        ['COPY --fr\\om=b:1 /x /y', 'from', 'has a backslash'],
        ['COPY --fr"om"=b:1 /x /y', 'fr"om"', 'has quotes in its name'],
        ['COPY --from b:1 /x /y', 'from', 'has no value: --from=… is expected'],
        ['COPY --chown 1:1 --from=b:1 /x /y', 'chown', 'has no value'],
        ['RUN --mount from=b:1 ls', 'mount', 'has no value'],
        ['COPY --chown=1:1\u00a0--from=b:1 /x /y', 'chown', 'has a character'],
        ['COPY --chown=1:1\v--from=b:1 /x /y', 'chown', 'has a character'],
      ] as const
    ).map(([text, flag, message]): [string, string, string] => [
      `what a builder may read otherwise: ${text}`,
      `FROM a\n${text}`,
      `D:2: the flag --${flag} of ${text.split(' ', 1)[0]} ${message}`,
    ]),
    [
      'a trigger of a stage that another is built on',
      'FROM a AS s\nONBUILD COPY --from=b:1 /x /y\nFROM s',
      'D:2: ONBUILD runs this COPY in the stage of line 3, and the image b:1 cannot be pinned there',
    ],
    [
      'a mount of a trigger',
      'FROM a AS s\nONBUILD RUN --mount=from=b:1,target=/x ls\nFROM c\nFROM s',
      'D:2: ONBUILD runs this RUN in the stage of line 4, and the image b:1 cannot be pinned there',
    ],
    ...['FROM b:1', 'ONBUILD COPY --from=b:1 /x /y', 'MAINTAINER me'].map(
      (trigger): [string, string, string] => [
        `ONBUILD ${trigger}`,
        `FROM a\nONBUILD ${trigger}`,
        `D:2: ONBUILD ${trigger.split(' ', 1)[0]} is not allowed`,
      ],
    ),
    // Each has the variables of the stage below: time and memory grow with both.
    ['too many stages', 'FROM a\n'.repeat(201), 'D:201: the Dockerfile has more than 200 stages'],
  ])('refuses %s', (_, text, message) => {
    expect(outcome(text)).toContain(`DockerfileInvalid ${message}`);
  });

  it('refuses substitutions that are nested too deeply', () => {
    const text = `FROM a:${'${V:-'.repeat(3000)}x${'}'.repeat(3000)}`;
    expect(outcome(text)).toContain('it is nested too deeply');
  });

  it('refuses a target that is no stage and names those there are', () => {
    expect(() => images('FROM a AS one\nFROM b AS two', { target: 'three' })).toThrow(
      'D has no stage "three" to build; it has one, two',
    );
  });
});

describe('pinDockerfile', () => {
  it('replaces images by name and digest, and nothing else', () => {
    const text = lines(
      '# syntax=docker/dockerfile:1',
      'ARG V=12 # debian:12',
      'from --platform=$BUILDPLATFORM   debian:${V}  \\',
      '  # debian:12',
      '  as build',
      'RUN --mount=type=bind,\\',
      'from=busybox:1\\',
      ',target=/x echo "FROM debian:12" && \\',
      '    ls',
      'FROM build',
      'COPY --from=e.com:5000/o/i:1 --chown=1 /a /b',
      'COPY --from=build /a /b',
      'FROM scratch',
      '',
    );
    expect(pin(text)).toBe(
      lines(
        '# syntax=docker/dockerfile:1',
        'ARG V=12 # debian:12',
        `from --platform=$BUILDPLATFORM   docker.io/library/debian@${digest}  \\`,
        '  # debian:12',
        '  as build',
        'RUN --mount=type=bind,\\',
        `from=docker.io/library/busybox@${digest}\\`,
        ',target=/x echo "FROM debian:12" && \\',
        '    ls',
        'FROM build',
        `COPY --from=e.com:5000/o/i@${digest} --chown=1 /a /b`,
        'COPY --from=build /a /b',
        'FROM scratch',
        '',
      ),
    );
  });

  it('keeps an image that has a digest, its variables resolved', () => {
    const own = `debian:12@sha256:${'c'.repeat(64)}`;
    expect(pin(`FROM ${own}`)).toBe(`FROM ${own}`);
    expect(pin('ARG B\nFROM $B', { buildArgs: { B: own } })).toBe(`ARG B\nFROM ${own}`);
  });

  it('leaves an image that no digest is given for', () => {
    const text = 'FROM a\nFROM b AS x\n';
    const pinned = pinDockerfile(text, externalImages(text, inputs), ({ name }) =>
      name === 'b' ? digest : null,
    );
    expect(pinned).toBe(`FROM a\nFROM docker.io/library/b@${digest} AS x\n`);
  });

  it.each(['latest AS x', 'sha256:abc /etc/shadow', `${digest}\nRUN x`, ''])(
    'writes nothing that is no digest: %j',
    (given) => {
      const text = 'FROM a\n';
      expect(() => pinDockerfile(text, externalImages(text, inputs), () => given)).toThrow(
        `docker.io/library/a (line 1) cannot be pinned to ${JSON.stringify(given)}`,
      );
    },
  );

  const image = fc.constantFrom(
    'debian:12',
    'e.com:5000/o/i',
    'a/b:c',
    '"quoted:1"',

    '${B:-x}',
    'ca\\\nndy',
  );
  const instruction = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('FROM', 'from', ' FROM'),
        fc.oneof(image, fc.constant('$B')),
        fc.constantFrom('', ' AS s1', ' as s2'),
      )
      .map(([from, name, as]) => `${from} ${name}${as}`),
    image.map((name) => `COPY --from=${name} /a /b`),
    image.map((name) => `RUN --mount=type=bind,from=${name},target=/m \\\n  # note\n  ls`),
    fc.constantFrom(
      'RUN <<E\nFROM evil\nE',
      'COPY <<A <<-B /x\nFROM evil\nA\n\tB',
      'RUN sh -c "cat <<EOF" \\\n\n && x',
      '# FROM evil',
      '',
      'ENV X=1 Y="a b"',
      'COPY --from=s1 /a /b',
      'ADD a b',
      'CMD ["x"]',
      'ONBUILD RUN <<E\nFROM evil\nE',
    ),
  );
  const dockerfile = fc
    .tuple(fc.array(instruction, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'))
    .map(([body, eol]) =>
      ['ARG B=base:1', 'FROM first', 'ARG B', ...body, ''].join('\n').replaceAll('\n', eol),
    );

  it('is idempotent, and leaves no image without digest', () => {
    fc.assert(
      fc.property(dockerfile, (text) => {
        const pinned = pin(text);
        expect(pin(pinned)).toBe(pinned);
        for (const { reference } of externalImages(pinned, inputs))
          expect(reference.digest).toBe(digest);
        expect(pinned.replaceAll(digest, '')).not.toMatch(/evil@/);
      }),
    );
  });

  it('changes nothing but the names it was told of', () => {
    fc.assert(
      fc.property(dockerfile, (text) => {
        const found = externalImages(text, inputs);
        // Cut the names out of both: what is left has to be the same.
        let rest = '';
        let done = 0;
        for (const { start, end } of found) {
          rest += text.slice(done, start);
          done = end;
        }
        rest += text.slice(done);
        const pinned = pin(text);
        const cut = pinned.replace(new RegExp(`[a-z0-9.:/]+@${digest}`, 'g'), '');
        expect(cut).toBe(rest);
      }),
    );
  });

  it('reads or refuses any text, and fails in no other way', () => {
    const piece = fc.constantFrom(
      'FROM ',
      'RUN ',
      'COPY ',
      'ARG ',
      'ENV ',
      '--from=',
      '--mount=',
      'from=',
      'a',
      '=',
      '"',
      "'",
      '\\',
      '\n',
      ' ',
      '$',
      '{',
      '}',
      '<<',
      'E',
      '#',
      '\t',
      '[',
      ']',
      ',',
      '--',
      ':',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        expect(outcome(`FROM x\n${pieces.join('')}`)).toMatch(/^(?:read|DockerfileInvalid D)/);
      }),
      { numRuns: 300 },
    );
  });

  it('reads a Dockerfile of the largest size in a moment', () => {
    const run = `RUN ${'echo some words && \\\n  '.repeat(8000)}true\n`;
    const heredocs = 'RUN <<E\nx\nE\n'.repeat(15_000);
    const begin = process.threadCpuUsage();
    expect(images(`FROM a\n${run}${heredocs}FROM b\n`)).toEqual(['a', 'b']);
    // Microseconds of this thread: others may keep the machine busy.
    expect(process.threadCpuUsage(begin).user).toBeLessThan(3_000_000);
  });
});
