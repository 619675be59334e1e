import type { z } from 'zod';
import type { Finding, Path } from './problem.ts';
import { suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** Fields that are looked for where they are not: by the place that they were found in. */
const elsewhere: readonly {
  readonly parent: RegExp;
  readonly fields: readonly string[];
  readonly belongsTo: string;
}[] = [
  {
    parent: /(?:^spec\.defaults|[cC]ontainers\.\d+)\.source$/,
    fields: ['definition'],
    belongsTo: '`spec.source`',
  },
  { parent: /^(?:metadata)?$/, fields: ['schedules', 'source'], belongsTo: '`spec`' },
];

/**
 * What an issue of the schema means for a person.
 *
 * @param written the text of the scalar at a path, where there is one
 * @param keysAt the keys that the schema knows at a path
 */
export function describeIssue(
  issue: Issue,
  written: (path: Path) => string | null,
  keysAt: (path: Path) => readonly string[],
): readonly Finding[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownKey([...path, key], keysAt(path)));
    case 'invalid_key':
      return issue.issues.map((inner) => ({
        path,
        message: `${JSON.stringify(path.at(-1))} cannot be a name here`,
        expected: inner.message,
        atKey: true,
      }));
    case 'invalid_type':
      return [describeType(path, issue.input, typeName(issue.expected), written(path))];
    case 'invalid_union':
      return describeUnion(issue, path, written, keysAt);
    case 'invalid_value': {
      const values = issue.values.map(String).join(' or ');
      const expected = issue.message.startsWith('Invalid') ? values : issue.message;
      return [{ ...describeType(path, issue.input, expected, written(path)), expected }];
    }
    case 'custom': {
      const problem: unknown = issue.params?.['problem'];
      const message =
        typeof problem === 'string' ? problem : `${show(issue.input)} is refused here`;
      return [{ path, message, expected: issue.message }];
    }
    case 'invalid_format':
    case 'too_small':
    case 'too_big':
    case 'not_multiple_of':
    case 'invalid_element':
    default:
      return [{ path, message: `${show(issue.input)} is refused here`, expected: issue.message }];
  }
}

/** An alternative that fits but for something inside says more than all of them together. */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
  written: (path: Path) => string | null,
  keysAt: (path: Path) => readonly string[],
): readonly Finding[] {
  const inside = issue.errors.filter(
    (alternative) => alternative.length > 0 && alternative.every((inner) => inner.path.length > 0),
  );
  if (inside.length !== 1) {
    return [describeType(path, issue.input, issue.message, written(path))];
  }
  return inside[0]!.flatMap((inner) =>
    describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, written, keysAt),
  );
}

function describeUnknownKey(path: Path, known: readonly string[]): Finding {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1).join('.');
  const place = elsewhere.find((entry) => entry.parent.test(parent) && entry.fields.includes(key));
  if (place !== undefined) {
    return {
      path,
      message: `\`${key}\` has no place here`,
      expected: `it in ${place.belongsTo}`,
      atKey: true,
    };
  }
  const meant = suggest(key, known);
  return {
    path,
    message: `there is no field \`${key}\` here`,
    expected: meant === null ? `one of ${known.join(', ')}` : `\`${meant}\`?`,
    atKey: true,
  };
}

function describeType(
  path: Path,
  input: unknown,
  expected: string,
  written: string | null,
): Finding {
  if (input === undefined) {
    return { path, message: `\`${path.at(-1)}\` is missing`, expected };
  }
  const scalar = typeof input === 'number' || typeof input === 'boolean';
  if (scalar && /string/.test(expected)) {
    const text = written ?? String(input);
    return {
      path,
      message: `${text} is a ${typeof input}, not a string: quote it, "${text}"`,
      expected,
    };
  }
  return { path, message: `${show(input)} is refused here`, expected };
}

function typeName(type: string): string {
  const names: Record<string, string> = {
    string: 'a string',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
    int: 'a whole number',
    number: 'a whole number',
  };
  return names[type] ?? type;
}

const shownLength = 80;

function show(value: unknown): string {
  if (value === null || value === undefined) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}
