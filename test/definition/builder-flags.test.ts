import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builderFlags, isBuilderFlagAllowed } from '../../definition/builder-flags.ts';

const builders = ['kaniko', 'buildah', null] as const;

describe('a builder’s flag', () => {
  it.each([
    ['--single-snapshot', 'kaniko'],
    ['--snapshot-mode=redo', 'kaniko'],
    ['--ignore-path=/var/run', 'kaniko'],
    ['--compression-level=9', 'kaniko'],
    ['--squash', 'buildah'],
    ['--format=oci', 'buildah'],
    ['--label=a=b=c', 'buildah'],
    ['--label=a=', 'buildah'],
    ['--ulimit=nofile=1024:2048', 'buildah'],
    ['--jobs=4', 'buildah'],
  ] as const)('%s is for %s, and for whichever is the default', (flag, builder) => {
    const other = builder === 'kaniko' ? 'buildah' : 'kaniko';
    expect(isBuilderFlagAllowed(flag, builder)).toBe(true);
    expect(isBuilderFlagAllowed(flag, null)).toBe(true);
    expect(isBuilderFlagAllowed(flag, other)).toBe(false);
  });

  // Where from, where to, with which credentials and rights is not the definition's to say.
  it.each([
    '--destination=r.test/x',
    '--no-push',
    '--context=/',
    '--dockerfile=/etc/passwd',
    '--insecure',
    '--registry-mirror=r.test',
    '--authfile=/x',
    '--creds=a:b',
    '--volume=/:/host',
    '--secret=id=x',
    '--cap-add=ALL',
    '--isolation=chroot',
    '--security-opt=seccomp=unconfined',
    '--build-arg=A=b',
    '--kaniko-dir=/x',
    '--digest-file=/x',
  ])('%s is for none', (flag) => {
    for (const builder of builders) expect(isBuilderFlagAllowed(flag, builder)).toBe(false);
  });

  it.each([
    ['a value where none is taken', '--squash=true'],
    ['no value where one is', '--format'],
    ['an empty value', '--format='],
    ['a value that it does not take', '--snapshot-mode=none'],
    ['a value that begins like one', '--format=ocix'],
    ['a relative path', '--ignore-path=etc'],
    ['two in one', '--squash --isolation=chroot'],
    ['two lines', '--label=a=b\n--isolation=chroot'],
    ['one dash', '-squash'],
    ['no dash', 'squash'],
    ['upper case', '--Squash'],
    ['an object’s own', '--constructor'],
    ['an object’s own with a value', '--to-string=x'],
    ['nothing', ''],
    ['dashes only', '--'],
  ])('is refused with %s: %j', (_what, flag) => {
    for (const builder of builders) expect(isBuilderFlagAllowed(flag, builder)).toBe(false);
  });

  it('has a listed name and no line break, whatever is allowed', () => {
    const known = Object.values(builderFlags).flatMap((flags) => Object.keys(flags));
    const value = fc.string({ unit: fc.constantFrom('a', '=', '/', '\n', '\r', '1', ' ', '-') });
    const flag = fc.tuple(
      fc.constantFrom(...known, 'volume'),
      fc.constantFrom('=', '', ' '),
      value,
    );
    fc.assert(
      fc.property(flag, fc.constantFrom(...builders), ([name, separator, rest], builder) => {
        const text = `--${name}${separator}${rest}`;
        if (!isBuilderFlagAllowed(text, builder)) return;
        expect(text).not.toMatch(/[\r\n]/);
        expect(known).toContain(text.slice(2).split('=')[0]);
      }),
    );
  });
});
