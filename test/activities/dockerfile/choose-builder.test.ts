import { describe, expect, it } from 'vitest';
import { chooseBuilder } from '../../../activities/dockerfile/choose-builder.ts';
import type { BuiltContainer } from '../../../workflows/contract/application.ts';
import { builtContainer } from '../package/fixtures.ts';

const images = { kaniko: 'e.com/kaniko@sha256:1', buildah: 'e.com/buildah@sha256:2' };
const builders = ['kaniko', 'buildah'] as const;

function choose(
  defaultBuilder: 'kaniko' | 'buildah',
  container: Partial<BuiltContainer>,
  builderImages: { kaniko: string | null; buildah: string | null } = images,
) {
  const given = { ...builtContainer('server'), builder: null, ...container };
  return () => chooseBuilder(given, { defaultBuilder, builderImages });
}

describe('chooseBuilder', () => {
  it.each(builders)('takes the installation’s default, %s, where none is named', (name) => {
    expect(choose(name, {})()).toEqual({ name, image: images[name] });
  });

  it('takes the named one', () => {
    expect(choose('kaniko', { builder: 'buildah' })()).toMatchObject({ name: 'buildah' });
  });

  it('refuses one without an image', () => {
    const without = choose('kaniko', {}, { ...images, kaniko: null });
    expect(without).toThrow(expect.objectContaining({ type: 'BuilderImagePull' }));
    expect(without).toThrow('SLIPWAY_KANIKO_IMAGE');
  });

  describe.each(builders)('%s', (name) => {
    it.each([
      '--destination=evil.example.com/x',
      '--context=dir:///',
      '-v',
      '--label',
      '--volume=/:/host',
      '--ulimit=nofile=1; reboot',
      '--__proto__=x',
      '--constructor',
      'true',
    ])('refuses the flag %s', (flag) => {
      const refused = choose(name, { builderFlags: ['--label=a=b', flag] });
      expect(refused).toThrow(expect.objectContaining({ type: 'InvalidDefinition' }));
      expect(refused).toThrow(/^server: builderFlags: /);
    });
  });

  it.each([
    ['kaniko', '--snapshot-mode=redo'],
    ['kaniko', '--single-snapshot'],
    ['buildah', '--label=org.example.team=shop'],
    ['buildah', '--squash'],
  ] as const)('%s allows the flag %s', (name, flag) => {
    expect(choose(name, { builderFlags: [flag] })()).toMatchObject({ name });
  });

  it('refuses two logins of kaniko, which reads one docker configuration', () => {
    const two = { pullSecret: 'a', pushSecret: 'b' };
    expect(choose('kaniko', two)).toThrow(expect.objectContaining({ type: 'InvalidDefinition' }));
    expect(choose('buildah', two)()).toMatchObject({ name: 'buildah' });
    expect(choose('kaniko', { pullSecret: 'a', pushSecret: 'a' })()).toMatchObject({
      name: 'kaniko',
    });
  });
});
