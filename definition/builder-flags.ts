import type { BuilderName } from '../workflows/contract/application.ts';

/** Flag name (without dashes) → what its value must look like; null: the flag takes no value. */
type AllowedFlags = Readonly<Record<string, RegExp | null>>;

/**
 * Flags that a definition may hand to a builder: how images are made, never where from, where to,
 * with which credentials or under which rights, which are Slipway's to say.
 */
export const builderFlags: Readonly<Record<BuilderName, AllowedFlags>> = {
  kaniko: {
    'compressed-caching': /^(true|false)$/,
    compression: /^(gzip|zstd)$/,
    'compression-level': /^\d{1,2}$/,
    'ignore-path': /^\/[\w./-]+$/,
    'image-format': /^(docker|oci)$/,
    'single-snapshot': null,
    'skip-push-permission-check': null,
    'snapshot-mode': /^(full|redo|time)$/,
    'use-new-run': null,
    verbosity: /^(warn|info|debug)$/,
  },
  buildah: {
    annotation: /^[^=]+=.*$/,
    format: /^(docker|oci)$/,
    jobs: /^[1-9]\d?$/,
    label: /^[^=]+=.*$/,
    'shm-size': /^\d+[bkmg]?$/,
    squash: null,
    ulimit: /^[a-z]+=\d+(:\d+)?$/,
  },
};

/**
 * Whether the builder may be given this flag, `--name` or `--name=value` in one string. Without a
 * builder (the installation's default, which the client does not know): whether any may.
 */
export function isBuilderFlagAllowed(flag: string, builder: BuilderName | null): boolean {
  const [whole, name = '', value] = /^--([a-z][a-z-]*)(?:=([^\r\n]*))?$/.exec(flag) ?? [];
  if (whole === undefined) return false;
  const builders = builder === null ? Object.values(builderFlags) : [builderFlags[builder]];
  return builders.some((flags) => {
    const pattern = Object.hasOwn(flags, name) ? flags[name] : undefined;
    return pattern === null ? value === undefined : pattern?.test(value ?? '') === true;
  });
}
