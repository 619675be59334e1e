import type { BuilderName } from '../workflows/contract/application.ts';
import { suggest } from './suggest.ts';

interface AllowedFlag {
  /** What its value must look like; null: the flag takes no value. */
  readonly pattern: RegExp | null;
  /** The value as documents show it, its alternatives separated by `|`; empty where it takes none. */
  readonly value: string;
  readonly does: string;
}

const truth = { pattern: /^(true|false)$/, value: 'true|false' };
const pair = { pattern: /^[^=]+=.*$/, value: 'NAME=VALUE' };
const none = { pattern: null, value: '' };

/** Flag name (without dashes) → what it takes and does, in alphabetic order. */
const allowed: Readonly<Record<BuilderName, Readonly<Record<string, AllowedFlag>>>> = {
  kaniko: {
    'compressed-caching': {
      ...truth,
      does: 'Compress cached layers in memory: faster, takes more memory. Slipway says false.',
    },
    compression: {
      pattern: /^(gzip|zstd)$/,
      value: 'gzip|zstd',
      does: 'How layers are compressed.',
    },
    'compression-level': {
      pattern: /^\d{1,2}$/,
      value: 'N',
      does: 'How much they are compressed, as the compression counts it.',
    },
    'ignore-path': {
      pattern: /^\/[\w./-]+$/,
      value: 'PATH',
      does: 'An absolute path that no layer takes in.',
    },
    'image-format': {
      pattern: /^(docker|oci)$/,
      value: 'docker|oci',
      does: 'The format of the image’s manifest.',
    },
    'single-snapshot': {
      ...none,
      does: 'One layer at the end, instead of one for each instruction.',
    },
    'skip-push-permission-check': {
      ...none,
      does: 'Do not ask the registry before the build whether it takes the image.',
    },
    'snapshot-mode': {
      pattern: /^(full|redo|time)$/,
      value: 'full|redo|time',
      does: 'How changed files are found: by content; by time, size, mode and owner; by time alone.',
    },
    'use-new-run': {
      ...none,
      does: 'Find what a RUN changed without a full snapshot: faster, and may miss files.',
    },
    verbosity: {
      pattern: /^(warn|info|debug)$/,
      value: 'warn|info|debug',
      does: 'How much the log says.',
    },
  },
  buildah: {
    annotation: { ...pair, does: 'An annotation of the image’s manifest.' },
    format: {
      pattern: /^(docker|oci)$/,
      value: 'docker|oci',
      does: 'The format of the image’s manifest. Slipway says oci, and docker where `reproducible` is false.',
    },
    jobs: { pattern: /^[1-9]\d?$/, value: 'N', does: 'Stages that are built at once.' },
    label: { ...pair, does: 'A label of the image.' },
    'shm-size': {
      pattern: /^\d+[bkmg]?$/,
      value: 'SIZE',
      does: 'The size of /dev/shm in a RUN, e.g. 64m.',
    },
    squash: { ...none, does: 'One layer for all instructions.' },
    ulimit: {
      pattern: /^[a-z]+=\d+(:\d+)?$/,
      value: 'NAME=SOFT[:HARD]',
      does: 'A limit of the processes of a RUN, e.g. nofile=1024:2048.',
    },
  },
};

/** Flag name (without dashes) → what its value must look like; null: the flag takes no value. */
type FlagPatterns = Readonly<Record<string, RegExp | null>>;

/**
 * Flags that a definition may hand to a builder: how images are made, never where from, where to,
 * with which credentials or under which rights, which are Slipway's to say.
 */
export const builderFlags: Readonly<Record<BuilderName, FlagPatterns>> = {
  kaniko: patternsOf('kaniko'),
  buildah: patternsOf('buildah'),
};

function patternsOf(builder: BuilderName): FlagPatterns {
  return Object.fromEntries(
    Object.entries(allowed[builder]).map(([name, { pattern }]) => [name, pattern]),
  );
}

/** The builder's flags as they are written, `--snapshot-mode=full|redo|time`, and what each does. */
export function flagForms(
  builder: BuilderName,
): readonly { readonly form: string; readonly does: string }[] {
  return Object.entries(allowed[builder]).map(([name, { does }]) => ({
    form: formOf(builder, name),
    does,
  }));
}

/**
 * Whether the builder may be given this flag, `--name` or `--name=value` in one string. Without a
 * builder (the installation's default, which the client does not know): whether any may.
 */
export function isBuilderFlagAllowed(flag: string, builder: BuilderName | null): boolean {
  const [whole, name = '', value] = /^--([a-z][a-z-]*)(?:=([^\r\n]*))?$/.exec(flag) ?? [];
  if (whole === undefined) return false;
  return buildersFor(builder).some((each) => {
    const flags = builderFlags[each];
    const pattern = Object.hasOwn(flags, name) ? flags[name] : undefined;
    return pattern === null ? value === undefined : pattern?.test(value ?? '') === true;
  });
}

/** What is wrong with a flag that `isBuilderFlagAllowed` refuses, and what would be right. */
export function describeRefusedFlag(
  flag: string,
  builder: BuilderName | null,
): { readonly message: string; readonly expected: string } {
  const shown = JSON.stringify(flag.slice(0, shownLength));
  const [, name = ''] = /^-*([A-Za-z][\w-]*)/.exec(flag) ?? [];
  const builders = buildersFor(builder);
  const own = builders.find((each) => Object.hasOwn(allowed[each], name));
  if (own !== undefined) {
    const expected = `\`${formOf(own, name)}\`, in one string`;
    return { message: `${shown} is not how ${own} takes it`, expected };
  }
  const other = buildersFor(null).find((each) => Object.hasOwn(allowed[each], name));
  if (other !== undefined && builder !== null) {
    const message = `${shown} is a flag of ${other}, not of ${builder}`;
    return { message, expected: `one of ${namesOf(builder)}` };
  }
  const message = `${shown} is not allowed for ${builder ?? 'any builder'}`;
  for (const each of builders) {
    const meant = suggest(name, Object.keys(allowed[each]));
    if (meant !== null) return { message, expected: `\`${formOf(each, meant)}\`?` };
  }
  const lists = builders.map((each) =>
    builder === null ? `${namesOf(each)} for ${each}` : namesOf(each),
  );
  return { message, expected: `one of ${lists.join('; ')}` };
}

const shownLength = 80;

function buildersFor(builder: BuilderName | null): readonly BuilderName[] {
  return builder === null ? ['kaniko', 'buildah'] : [builder];
}

function formOf(builder: BuilderName, name: string): string {
  const value = allowed[builder][name]?.value ?? '';
  return `--${name}${value === '' ? '' : `=${value}`}`;
}

function namesOf(builder: BuilderName): string {
  return Object.keys(allowed[builder])
    .map((name) => `--${name}`)
    .join(', ');
}
