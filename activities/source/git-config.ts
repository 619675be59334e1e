/** `section.key` or `section.subsection.key`, and its value. */
export type ConfigEntry = readonly [name: string, value: string];

/** A configuration file as git-config(1) reads it. The names are our own, values may be anything on one line. */
export function formatGitConfig(entries: readonly ConfigEntry[]): string {
  return entries
    .map(([name, value]) => {
      const [section = '', ...rest] = name.split('.');
      const key = rest.pop() ?? '';
      const subsection = rest.length === 0 ? '' : ` "${rest.join('.')}"`;
      return `[${section}${subsection}]\n\t${key} = ${quoted(value)}\n`;
    })
    .join('');
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** One word for sh(1), which git gives helpers and `core.sshCommand` to. Only for our own paths. */
export function shellWord(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** The entries in the output of `git config --null --list`, in order. */
export function parseConfigList(output: string): readonly ConfigEntry[] {
  return output
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const end = entry.indexOf('\n');
      return end === -1 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    });
}
