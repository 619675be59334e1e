import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One binary source of packages, as sources.list(5) has it. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** A keyring file or fingerprint; absent where the system's trusted keys are meant. */
  readonly signedBy?: string;
}

/** Reads a `sources.list` in the one-line style; what can't be read as a source is left out. */
export function parseOneLineSources(text: string): readonly AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (match === null) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1];
    sources.push(source(uri, suite, words(components), signedBy));
  }
  return sources;
}

/** Reads a deb822 `.sources` file; each combination of URI and suite becomes one source. */
export function parseDeb822Sources(text: string): readonly AptSource[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((stanza) => {
    const fields = parseStanza(stanza);
    const types = words(fields.get('types') ?? '');
    if (!types.includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') return [];
    const signedBy = fields.get('signed-by');
    // A key written into the file itself: the system's trusted keys have to do.
    const keyring = signedBy?.includes('\n') ? undefined : signedBy;
    const components = words(fields.get('components') ?? '');
    return words(fields.get('uris') ?? '').flatMap((uri) =>
      words(fields.get('suites') ?? '').map((suite) => source(uri, suite, components, keyring)),
    );
  });
}

/**
 * Whether a source is Debian's own archive of this release: the suites are Debian's and the path is
 * that of Debian's mirrors. Third parties use the release's name as a suite too, so it alone says
 * nothing; a broken one of theirs must not stop us.
 */
export function isDebianArchive({ uri, suite, components }: AptSource, codename: string): boolean {
  const suites = [codename, `${codename}-updates`, `${codename}-security`];
  const path = /(^|\/)debian(-security)?(\.list)?\/?$/;
  return suites.includes(suite) && components.includes('main') && path.test(uri);
}

/** The same sources for another release of Debian, for images that hold another one. */
export function forRelease(
  sources: readonly AptSource[],
  from: string,
  to: string,
): readonly AptSource[] {
  return sources.map((each) => ({ ...each, suite: each.suite.replace(from, to) }));
}

/** The one-line style, `main` alone: nothing of the rest is used. */
export function formatSources(sources: readonly AptSource[]): string {
  const lines = sources.map(({ uri, suite, signedBy }) => {
    const options = signedBy === undefined ? '' : `[signed-by=${signedBy}] `;
    return `deb ${options}${uri} ${suite} main\n`;
  });
  return [...new Set(lines)].join('');
}

/** Every source in `sources.list` and `sources.list.d` of an apt directory (`/etc/apt`). */
export async function readAptSources(aptDirectory: string): Promise<readonly AptSource[]> {
  const directory = join(aptDirectory, 'sources.list.d');
  const names = await readdir(directory).catch(() => []);
  const oneLine = names.filter((name) => name.endsWith('.list')).toSorted();
  const deb822 = names.filter((name) => name.endsWith('.sources')).toSorted();
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const texts = await Promise.all([
    read(join(aptDirectory, 'sources.list')).then(parseOneLineSources),
    ...oneLine.map((name) => read(join(directory, name)).then(parseOneLineSources)),
    ...deb822.map((name) => read(join(directory, name)).then(parseDeb822Sources)),
  ]);
  return texts.flat();
}

function parseStanza(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let current: string | undefined;
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#')) continue;
    if (/^[ \t]/.test(line) && current !== undefined) {
      fields.set(current, `${fields.get(current)}\n${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    current = line.slice(0, colon).trim().toLowerCase();
    fields.set(current, line.slice(colon + 1).trim());
  }
  return fields;
}

function source(
  uri: string,
  suite: string,
  components: readonly string[],
  signedBy: string | undefined,
): AptSource {
  return { uri, suite, components, ...(signedBy === undefined ? {} : { signedBy }) };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
