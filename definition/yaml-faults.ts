import type { Document, ErrorCode, YAMLError } from 'yaml';
import { describeIndentation, describeNested, describeNoField } from './yaml-lines.ts';
import { lineAt, wordAt, type Site, type YamlFault } from './yaml-site.ts';
import {
  describeAlias,
  describeDuplicate,
  describeUnclosed,
  describeUnexpected,
  describeUnquoted,
} from './yaml-values.ts';

/** Of these the parser knows what was meant, and goes on as if it were there. */
const passing = [
  'BAD_DQ_ESCAPE',
  'BAD_SCALAR_START',
  'DUPLICATE_KEY',
  'NON_STRING_KEY',
  'TAG_RESOLVE_FAILED',
];

/** For each of them the document is searched; nobody reads more. */
const maxFaults = 50;

/**
 * What the parser's errors mean for a person. What it finds after the first that it cannot pass
 * over follows from that one, as often as not, and is left out.
 */
export function describeYamlErrors(document: Document.Parsed, text: string): readonly YamlFault[] {
  const errors = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (errors.length === 0) return [];
  const conflict = text.search(/^<{7}(?:\s|$)/m);
  if (conflict !== -1) {
    const message = 'a merge conflict begins here';
    return [{ offset: conflict, message, expected: 'one of its two sides, without the marks' }];
  }
  const fatal = errors.findIndex(({ code }) => !passing.includes(code));
  const tabs = describeTabs(errors, fatal === -1 ? null : errors[fatal]!, text);
  if (tabs !== null) return [tabs];
  return errors
    .slice(0, Math.min(maxFaults, fatal === -1 ? errors.length : fatal + 1))
    .map((error) =>
      describe(error.code, { document, text, offset: error.pos[0], said: error.message }),
    );
}

/** All lines that begin with a tab are one mistake. */
function describeTabs(
  errors: readonly YAMLError[],
  fatal: YAMLError | null,
  text: string,
): YamlFault | null {
  const isTab = (error: YAMLError): boolean =>
    error.code === 'TAB_AS_INDENT' ||
    (error === fatal && /^ *\t/.test(lineAt(text, error.pos[0]).line));
  const first = errors.find(isTab);
  if (first === undefined) return null;
  const { start } = lineAt(text, first.pos[0]);
  const more = [...text.slice(start).matchAll(/^ *\t\s*\S/gm)].length - 1;
  return {
    offset: text.indexOf('\t', start),
    message: `a tab indents this line${more > 0 ? `, and ${more} more` : ''}`,
    expected: 'spaces: YAML takes no tabs for indentation',
  };
}

function describe(code: ErrorCode, site: Site): YamlFault {
  const { text, offset, said } = site;
  if (/\balias\b/i.test(said) || (code === 'NON_STRING_KEY' && text[offset] === '*')) {
    return describeAlias(site);
  }
  const [, closing] = /(?:closing |must .*end with a )(['"}\]])/.exec(said) ?? [];
  if (closing !== undefined) return describeUnclosed(site, closing);
  const lower = said.charAt(0).toLowerCase() + said.slice(1);
  return (
    describers[code]?.(site) ?? {
      offset,
      message: `the YAML is not valid: ${lower}`,
      expected: 'valid YAML 1.2',
    }
  );
}

const describers: Partial<Record<ErrorCode, (site: Site) => YamlFault | null>> = {
  DUPLICATE_KEY: describeDuplicate,
  UNEXPECTED_TOKEN: describeUnexpected,
  BLOCK_AS_IMPLICIT_KEY: describeNested,
  MULTILINE_IMPLICIT_KEY: describeNoField,
  BAD_INDENT: describeIndentation,
  MISSING_CHAR: describeMissing,
  BAD_SCALAR_START: ({ text, offset }) => describeUnquoted(offset, text[offset] ?? ''),
  MULTIPLE_DOCS: ({ offset }) => ({
    offset,
    message: 'a second YAML document begins here',
    expected: 'one document',
  }),
  BAD_DQ_ESCAPE: ({ text, offset }) => ({
    offset,
    message: `\`${text.slice(offset, offset + 2)}\` means nothing in double quotes`,
    expected: '`/` between the parts of a path, `\\\\` for a backslash, or single quotes',
  }),
  TAG_RESOLVE_FAILED: ({ text, offset }) => ({
    offset,
    message: `there is no tag \`${wordAt(text, offset)}\``,
    expected: 'no tag, and quotes around a value that begins with `!`',
  }),
  NON_STRING_KEY: ({ offset }) => ({
    offset,
    message: 'a mapping or a list is no name of a field',
    expected: 'quotes around a value that begins with `{` or `[`',
  }),
  BLOCK_IN_FLOW: ({ offset }) => ({
    offset,
    message: 'this value has another `: ` in it',
    expected: 'a comma before the next field, or quotes around the value',
  }),
};

function describeMissing(site: Site): YamlFault | null {
  const { offset, said } = site;
  if (said.startsWith('Sequence item')) return describeIndentation(site);
  if (said.startsWith('Implicit map keys')) return describeNoField(site);
  if (said.startsWith('Missing , or :')) {
    const expected = '`name: value`, and `,` before the next';
    return { offset, message: 'a colon or a comma is missing here', expected };
  }
  if (!said.startsWith('Missing ,')) return null;
  return { offset, message: 'a comma is missing here', expected: '`,` between two items' };
}
