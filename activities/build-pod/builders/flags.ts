/** `--name key=value` for each entry, sorted by key: equal inputs give equal Pods. */
export function repeatedFlag(
  name: string,
  values: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.keys(values)
    .sort()
    .flatMap((key) => [name, `${key}=${values[key]}`]);
}
