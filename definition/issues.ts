import type { z } from 'zod';
import { describeMistyped, refusal } from './mistyped.ts';
import type { Finding, Path } from './problem.ts';
import { mapping } from './raw.ts';
import { describeUnknownKey } from './unknown-keys.ts';

type Issue = z.core.$ZodIssue;

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
      return issue.keys.map((key) => describeUnknownKey([...path, key], mapping(issue.input)));
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
