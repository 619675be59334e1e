import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  builderFlags,
  describeRefusedFlag,
  flagForms,
  isBuilderFlagAllowed,
} from '../../definition/builder-flags.ts';
import { definition, problems } from './definitions.ts';

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

describe('a flag that is refused', () => {
  const mode = '`--snapshot-mode=full|redo|time`';
  it.each([
    ['--snapshot-mode=none', 'kaniko', 'is not how kaniko takes it', `${mode}, in one string`],
    ['--snapshot-mode', 'kaniko', 'is not how kaniko takes it', `${mode}, in one string`],
    ['--snapshot-mode redo', null, 'is not how kaniko takes it', `${mode}, in one string`],
    ['-squash', 'buildah', 'is not how buildah takes it', '`--squash`, in one string'],
    ['--squash=true', 'buildah', 'is not how buildah takes it', '`--squash`, in one string'],
    ['--snapshotMode=redo', 'kaniko', 'is not allowed for kaniko', `${mode}?`],
    ['--snapshot-mod=redo', null, 'is not allowed for any builder', `${mode}?`],
    ['--squash', 'kaniko', 'is a flag of buildah, not of kaniko', 'one of --compressed-caching'],
    ['--destination=x', 'kaniko', 'is not allowed for kaniko', 'one of --compressed-caching'],
    ['--destination=x', 'buildah', 'is not allowed for buildah', '--squash, --ulimit'],
    [
      '--destination=x',
      null,
      'is not allowed for any builder',
      '--verbosity for kaniko; --annotation',
    ],
    ['--constructor', 'kaniko', 'is not allowed for kaniko', 'one of --compressed-caching'],
    ['', 'kaniko', '"" is not allowed for kaniko', 'one of --compressed-caching'],
  ] as const)('%j for %s: %s', (flag, builder, message, expected) => {
    const described = describeRefusedFlag(flag, builder);
    expect(described.message).toContain(message);
    expect(described.expected).toContain(expected);
  });

  it('and the word behind it, that was to be its value, are one problem', () => {
    const text = definition('{ name: c, builderFlags: [--snapshot-mode, redo, --squash, x, y] }');
    expect(problems(text).map(({ path, message }) => [path.slice(-2, -1), message])).toEqual([
      ['0', '"--snapshot-mode" is not how kaniko takes it'],
      ['3', '"x" is not allowed for any builder'],
      ['4', '"y" is not allowed for any builder'],
    ]);
  });
});

it.each(['kaniko', 'buildah'] as const)(
  'the forms of %s’s flags are ones that it takes',
  (builder) => {
    const forms = flagForms(builder);
    expect(forms.map(({ form }) => form.split('=')[0]!.slice(2))).toEqual(
      Object.keys(builderFlags[builder]),
    );
    const example: Record<string, string> = {
      N: '3',
      PATH: '/var/x',
      'NAME=VALUE': 'a=b',
      SIZE: '64m',
      'NAME=SOFT[:HARD]': 'nofile=1024:2048',
    };
    for (const { form } of forms) {
      const [name, ...rest] = form.split('=');
      const values = rest.length === 0 ? [null] : rest.join('=').split('|');
      for (const value of values) {
        const flag = value === null ? form : `${name}=${example[value] ?? value}`;
        expect([flag, isBuilderFlagAllowed(flag, builder)]).toEqual([flag, true]);
      }
    }
  },
);
