import { describe, expect, it } from 'vitest';
import { checkSecretMounts } from '../../../activities/dockerfile/secret-mounts.ts';
import type { BuilderName } from '../../../workflows/contract/application.ts';

const secrets = [{ id: 'npmrc', secret: 'npm', key: '.npmrc' }];

function check(flags: string, builder: BuilderName = 'kaniko') {
  const text = `FROM a\nRUN ${flags} true\n`;
  return checkSecretMounts(text, { file: 'api/Dockerfile', builder, secrets });
}

describe('checkSecretMounts', () => {
  it.each([
    '--mount=type=secret,id=npmrc',
    '--mount=type=secret,id=npmrc,target=/root/.npmrc,mode=0444,uid=7,required=true',
    '--mount=type=secret,"id=npmrc"',
    '--mount=type=secret,id=$NAME',
    '--mount=type=secret,id=npmrc,required',
    '--mount=type=bind,target=/src --mount=type=secret,id=npmrc',
  ])('has nothing to say about RUN %s', (flags) => {
    expect(check(flags)).toEqual([]);
    expect(check(flags, 'buildah')).toEqual([]);
  });

  it('warns of what is asked for and not there, and of what nothing asks for', () => {
    expect(check('--mount=type=secret,id=npmcr')).toEqual([
      "api/Dockerfile:2: RUN asks for the secret npmcr, which the container's `secrets` do not have: it runs without",
      'api/Dockerfile: no RUN --mount=type=secret asks for the secret npmrc',
    ]);
  });

  it('takes the file’s name for an id that is not given', () => {
    expect(check('--mount=type=secret,target=/root/npmrc')).toEqual([]);
    expect(check('--mount=type=secret,dst=/root/other')).toHaveLength(2);
  });

  it.each(['required', 'required=true', 'required=1'])(
    'refuses a missing one with %s',
    (option) => {
      expect(() => check(`--mount=type=secret,id=other,${option}`)).toThrow(
        expect.objectContaining({
          type: 'DockerfileInvalid',
          message: expect.stringMatching(/^api\/Dockerfile:2: RUN asks for the secret other/),
        }),
      );
    },
  );

  it('does not refuse a missing one with required=false', () => {
    expect(check('--mount=type=secret,id=other,required=false')).toHaveLength(2);
  });

  it.each([
    ['id=npmrc,env=TOKEN', /no `env=`/],
    ['target=/npmrc', /only by its `id=`/],
  ])('refuses for Buildah what it does not know: %s', (options, message) => {
    const flags = `--mount=type=secret,${options}`;
    expect(() => check(flags, 'buildah')).toThrow(message);
    expect(check(flags)).toEqual([]);
  });

  it('does not read the text of a command', () => {
    expect(check('echo --mount=type=secret,id=other')).toHaveLength(1);
  });
});
