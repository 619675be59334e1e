import { failure } from '../../../workflows/contract/failures.ts';

/** Flag name (without dashes) → what its value must look like; null: the flag takes no value. */
export type AllowedFlags = Readonly<Record<string, RegExp | null>>;

/**
 * The flags as arguments, each `--name` or `--name=value`, when the builder allows all of them.
 *
 * Throws `InvalidDefinition` that names the first one that it does not allow.
 */
export function checkedFlags(
  builder: string,
  flags: readonly string[],
  allowed: AllowedFlags,
): readonly string[] {
  for (const flag of flags) {
    const match = /^--([a-z][a-z-]*)(?:=([^\r\n]*))?$/.exec(flag);
    const name = match?.[1] ?? '';
    const value = match?.[2];
    const pattern = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    const fits = pattern === null ? value === undefined : pattern?.test(value ?? '') === true;
    if (!fits) {
      throw failure(
        'InvalidDefinition',
        `builderFlags: ${builder} does not allow ${JSON.stringify(flag)}; allowed are ${describe(allowed)}`,
      );
    }
  }
  return flags;
}

function describe(allowed: AllowedFlags): string {
  return Object.entries(allowed)
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
