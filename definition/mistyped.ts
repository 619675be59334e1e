import { z } from 'zod';
import { showText } from './invisible.ts';
import type { Finding, Path } from './problem.ts';
import { fits, keysAt, requiredKeysAt, schemaAt } from './schema-path.ts';

/**
 * A value of a type that its field does not take, or that is not there.
 *
 * @param expected what the field takes, where it has a rule of its own; null: its type says it
 * @param written the value as it is written, for a scalar
 */
export function describeMistyped(
  path: Path,
  input: unknown,
  type: string,
  expected: string | null,
  written: string | null,
): Finding {
  const wanted = expected ?? typeName(type, path);
  if (input === undefined) {
    const message = `\`${path.at(-1)}\` is missing`;
    return { path, message, expected: wanted, missing: [path] };
  }
  if (typeof input === 'number' || typeof input === 'boolean') {
    const finding = describeUnquoted(path, typeof input, written ?? String(input), wanted);
    if (finding !== null) return finding;
  }
  if (typeof input === 'string' && fits(path, unquoted(input))) {
    const meant = typeof unquoted(input);
    return {
      path,
      message: `${show(input)} is a string, not a ${meant}: leave out the quotes`,
      expected: wanted,
    };
  }
  const message = refusal(input, written);
  if (type === 'array') return { path, message, expected: `${wanted}${exampleOf(path, input)}` };
  return { path, message, expected: wanted };
}

/** YAML took for a number or a boolean what has to be a string; null where it has not. */
function describeUnquoted(
  path: Path,
  type: string,
  text: string,
  expected: string,
): Finding | null {
  const schema = schemaAt(path);
  if (schema === null) return null;
  const quoted = z.safeParse(schema, text);
  if (quoted.success) {
    return { path, message: `${text} is a ${type}, not a string: quote it, "${text}"`, expected };
  }
  // In quotes it would be refused next, and by that rule: it says more than the type does.
  const issue = ownRule(quoted.error.issues);
  if (issue === undefined) return null;
  const problem: unknown = issue.code === 'custom' ? issue.params?.['problem'] : null;
  return {
    path,
    message: typeof problem === 'string' ? problem : `${text} is a ${type}`,
    expected: issue.message,
  };
}

/** What a string breaks of its field's own rule, in an alternative where it has several. */
function ownRule(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  return issues
    .flatMap((issue) => (issue.code === 'invalid_union' ? issue.errors.flat() : [issue]))
    .find(({ code }) => code === 'custom' || code === 'invalid_format');
}

/** What is wrong with a value of which there is nothing more to be said. */
export function refusal(input: unknown, written: string | null): string {
  const text = typeof input === 'number' ? (written ?? String(input)) : show(input);
  return `${text} is refused here`;
}

function unquoted(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** How the list would be written that was meant, as far as that is clear. */
function exampleOf(path: Path, input: unknown): string {
  const [field] = requiredKeysAt([...path, 0]);
  if (field !== undefined) return `, every item behind a dash: \`- ${field}: …\``;
  // What has a space in it is more than one item, as often as not.
  if (!isScalar(input) || /\s/.test(show(input))) return '';
  const item = [input, typeof input === 'string' ? unquoted(input) : input].find((each) =>
    fits(path, [each]),
  );
  return item === undefined ? '' : `, as in [${asItem(item)}]`;
}

/** As a person would write it into a list. */
function asItem(input: unknown): string {
  const plain =
    typeof input === 'string' && /^(?!(?:true|false|null)$)[a-z/-][\w./=-]*$/i.test(input);
  return plain ? input : JSON.stringify(input);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' && value !== undefined;
}

function typeName(type: string, path: Path): string {
  const names: Record<string, string> = {
    string: 'a string',
    boolean: 'true or false',
    array: 'a list',
    object: `a mapping${describeKeys(path)}`,
    record: 'a mapping of names to values',
    int: 'a whole number',
    number: 'a whole number',
  };
  return names[type] ?? type;
}

const fewKeys = 4;

function describeKeys(path: Path): string {
  const required = requiredKeysAt(path);
  if (required.length > 0) return ` with ${listed(required)}`;
  const keys = keysAt(path);
  return keys.length === 0 || keys.length > fewKeys ? '' : ` of ${listed(keys)}`;
}

function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  const [last] = quoted.slice(-1);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${last}`;
}

const shownLength = 80;

function show(value: unknown): string {
  if (value === null || value === undefined) return 'an empty value';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? showText(value) : JSON.stringify(value);
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}
