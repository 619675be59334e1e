import { builderFlags, isBuilderFlagAllowed } from '../../../definition/builder-flags.ts';
import type { BuilderName } from '../../../workflows/contract/application.ts';
import { failure } from '../../../workflows/contract/failures.ts';

/**
 * The flags as arguments, each `--name` or `--name=value`, when the builder allows all of them: the
 * parser knows only the builder that the definition names, not the installation's default.
 *
 * Throws `InvalidDefinition` that names the first one that it does not allow.
 */
export function checkedFlags(builder: BuilderName, flags: readonly string[]): readonly string[] {
  for (const flag of flags) {
    if (isBuilderFlagAllowed(flag, builder)) continue;
    throw failure(
      'InvalidDefinition',
      `builderFlags: ${builder} does not allow ${JSON.stringify(flag)}; allowed are ${describe(builder)}`,
    );
  }
  return flags;
}

function describe(builder: BuilderName): string {
  return Object.entries(builderFlags[builder])
    .map(([name, pattern]) => (pattern === null ? `--${name}` : `--${name}=<${pattern.source}>`))
    .join(', ');
}

/** `--name key=value` for each entry, sorted by key: equal inputs give equal Pods. */
export function repeatedFlag(
  name: string,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.keys(values)
    .sort()
    .flatMap((key) => [name, `${key}=${values[key]}`]);
}
