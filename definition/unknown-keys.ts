import type { Finding, Path } from './problem.ts';
import { mapping, type Mapping } from './raw.ts';
import { fits, keysAt, requiredKeysAt, schemaAt } from './schema-path.ts';
import { suggest } from './suggest.ts';

/** Where fields are known: looked for in this order when they are found elsewhere. */
interface Home {
  /** Of the mappings, without indexes, in which its fields are found by mistake. */
  readonly strayedTo: RegExp;
  readonly path: Path;
  readonly called: string;
  /** Mappings and lists under its fields' names are something else. */
  readonly scalars?: boolean;
}

const component: Path = ['spec', 'components', 0];
const container: Path = [...component, 'containers', 0];

const homes: readonly Home[] = [
  { strayedTo: /^(?:spec)?$/, path: ['metadata'], called: '`metadata`' },
  {
    strayedTo: /^(?:|metadata|spec\.components|.*ontainers)$/,
    path: ['spec'],
    called: '`spec`',
  },
  {
    strayedTo: /^spec$/,
    path: ['spec', 'defaults'],
    called: '`spec.defaults`, or in a container',
  },
  {
    strayedTo: /^(?:|spec)$/,
    path: component,
    called: 'a component, an item of `components`',
  },
  { strayedTo: /ontainers$/, path: component, called: 'the component, beside `containers`' },
  {
    strayedTo: /(?:^|metadata|spec|components|defaults|source|resources|timeouts|cache)$/,
    path: container,
    called: 'a container, an item of `containers`',
  },
  ...['resources', 'timeouts'].map((field) => ({
    strayedTo: /(?:ontainers|defaults|resources|timeouts)$/,
    path: [...container, field],
    called: `\`${field}\``,
    scalars: true,
  })),
  {
    strayedTo: /(?:^spec|ontainers|defaults)$/,
    path: [...container, 'source'],
    called: '`source`',
  },
  { strayedTo: /./, path: ['spec', 'source'], called: '`spec.source`' },
];

/** What other tools call the fields. */
const synonyms = new Map([
  ['branch', 'ref'],
  ['commit', 'ref'],
  ['revision', 'ref'],
  ['repo', 'git'],
  ['repository', 'git'],
  ['url', 'git'],
  ['directory', 'context'],
  ['path', 'context'],
  ['file', 'dockerfile'],
  ['environment', 'env'],
]);

/**
 * A field that the schema does not know at this path: misspelt, misplaced, or invented.
 *
 * @param fields the mapping that it is in
 */
export function describeUnknownKey(path: Path, fields: Mapping): Finding {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const known = keysAt(parent);
  const here = { path, atKey: true };

  const message = `there is no field \`${key}\` here`;
  const synonym = synonyms.get(key);
  if (synonym !== undefined && known.includes(synonym)) {
    return { ...here, message, expected: `\`${synonym}\`?`, meant: [[...parent, synonym]] };
  }
  const home = homeOf(key, parent, fields[key]);
  if (home !== undefined) {
    return {
      ...here,
      message: `\`${key}\` has no place here`,
      expected: `it in ${home.called}`,
      meant: [home.path, [...home.path, key], [...parent, fieldOf(home)]],
    };
  }
  const [, name, rest] = /^([\w-]+):(.+)$/.exec(key) ?? [];
  if (name !== undefined && known.includes(name)) {
    const expected = `a space after the colon, \`${name}: ${rest}\``;
    return { ...here, message, expected, meant: [[...parent, name]] };
  }
  const meant = suggest(
    key,
    known.filter((each) => mayHold([...parent, each], fields[key])),
  );
  if (meant === null && lacksName(parent, fields) && holdsFields(fields[key])) {
    const inside = Object.keys(mapping(fields[key]));
    const expected = inside.includes('name')
      ? '`name` and the fields beside it in the item itself'
      : `\`name: ${key}\`, with its fields beside it`;
    return {
      ...here,
      message,
      expected,
      meant: ['name', ...inside].map((each) => [...parent, each]),
    };
  }
  const all = known.length === 1 ? `\`${known[0]}\` alone` : `one of ${known.join(', ')}`;
  return meant === null
    ? { ...here, message, expected: all }
    : { ...here, message, expected: `\`${meant}\`?`, meant: [[...parent, meant]] };
}

/** Whether a value of this shape could be meant for the field: no mapping or list for a scalar. */
function mayHold(path: Path, value: unknown): boolean {
  const scalar = typeof value !== 'object' || value === null;
  return scalar || keysAt(path).length > 0 || schemaAt([...path, 0]) !== null || fits(path, value);
}

function lacksName(path: Path, fields: Mapping): boolean {
  return requiredKeysAt(path).includes('name') && fields['name'] === undefined;
}

/** As in `server: { context: … }`, and in `server:` with nothing yet in it. */
function holdsFields(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value);
}

/** The field whose mapping, or list of mappings, it is. */
function fieldOf({ path }: Home): string {
  return String(path.findLast((part) => typeof part === 'string'));
}

function homeOf(key: string, parent: Path, value: unknown): Home | undefined {
  const place = parent.filter((part) => typeof part === 'string').join('.');
  // Names are everywhere, and a `secret` may be one of four things.
  if (key === 'secret' || (key === 'name' && !/^(?:|spec|spec\.defaults)$/.test(place))) return;
  return homes.find(
    ({ strayedTo, path, scalars = false }) =>
      strayedTo.test(place) &&
      keysAt(path).includes(key) &&
      !(scalars && typeof value === 'object'),
  );
}

/**
 * Without the findings that something is missing where an unknown field is what was meant to be
 * there.
 */
export function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(findings.flatMap((each) => (each.meant ?? []).map(keyOf)));
  return findings.filter((each) => !(each.missing ?? []).some((path) => meant.has(keyOf(path))));
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
