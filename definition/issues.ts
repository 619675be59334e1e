import type { z } from 'zod';
import { describeMistyped, refusal } from './mistyped.ts';
import type { Finding, Path } from './problem.ts';
import { keysAt } from './schema-path.ts';
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
 */
export function describeIssue(
  issue: Issue,
  written: (path: Path) => string | null,
): readonly Finding[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  // Without a message of its own, the library's begins like this.
  const expected = issue.message.startsWith('Invalid') ? null : issue.message;
  const mistyped = (type: string): Finding =>
    describeMistyped(path, issue.input, type, expected, written(path));
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
      return [mistyped(issue.expected)];
    case 'invalid_union':
      return describeUnion(issue, written) ?? [mistyped('union')];
    case 'invalid_value':
      return [mistyped(issue.values.map(String).join(' or '))];
    case 'custom': {
      const problem: unknown = issue.params?.['problem'];
      const message = typeof problem === 'string' ? problem : refusal(issue.input, null);
      return [{ path, message, expected: issue.message }];
    }
    case 'invalid_format':
    case 'too_small':
    case 'too_big':
    case 'not_multiple_of':
    case 'invalid_element':
    default:
      return [{ path, message: refusal(issue.input, written(path)), expected: issue.message }];
  }
}

/** An alternative that fits but for something inside says more than all of them together. */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  written: (path: Path) => string | null,
): readonly Finding[] | null {
  const inside = issue.errors.filter(
    (alternative) => alternative.length > 0 && alternative.every((inner) => inner.path.length > 0),
  );
  if (inside.length !== 1) return null;
  return inside[0]!.flatMap((inner) =>
    describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, written),
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
