import Handlebars from 'handlebars';
import type { TemplateFault } from './template-error.ts';

/** A tag that is closed, from its braces to its braces. */
interface Tag {
  readonly offset: number;
  readonly text: string;
  /** What is between the braces, without the `~` that strips spaces. */
  readonly body: string;
}

interface OpenBlock {
  readonly name: string;
  readonly offset: number;
  hasElse: boolean;
}

type Fault = { readonly offset: number; readonly message: string };

/**
 * What is wrong with a template that the library cannot parse, in words: its own errors name the
 * grammar's tokens, and the end of the text for what is not closed. Of what it has no words for,
 * the place where the library gave up.
 */
export function describeSyntax(text: string, error: unknown): readonly TemplateFault[] {
  return (firstFaults(text) ?? [fallback(text, error)]).map(({ offset, message }) => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: before.at(-1)!.length + 1, message };
  });
}

/** The first that is wrong: what comes behind may follow from it. */
function firstFaults(text: string): readonly Fault[] | null {
  const blocks: OpenBlock[] = [];
  let position = 0;
  for (;;) {
    const offset = text.indexOf('{{', position);
    if (offset === -1) break;
    const tag = isEscaped(text, offset) ? null : tagAt(text, offset);
    if (tag !== null && 'message' in tag) return [tag];
    position = offset + (tag?.text.length ?? 2);
    const fault = tag === null ? null : (nestingFault(text, tag, blocks) ?? contentFault(tag));
    if (fault !== null) return [fault];
  }
  return blocks.length === 0 ? null : blocks.map(notClosed);
}

/** `\{{` is text; `\\{{` is a backslash and a tag. */
function isEscaped(text: string, offset: number): boolean {
  return text[offset - 1] === '\\' && text[offset - 2] !== '\\';
}

function tagAt(text: string, offset: number): Tag | Fault {
  const [opening = ''] = /^\{\{(?:~?!--|~?!|\{\{|~?\{)?/.exec(text.slice(offset, offset + 6)) ?? [];
  if (opening === '{{{{') return { offset, message: 'raw blocks are not allowed' };
  if (opening.includes('!')) return commentAt(text, offset, opening.endsWith('--') ? '--' : '');
  const next = text.indexOf('{{', offset + opening.length);
  const end = text.indexOf('}}', offset + opening.length);
  const body = text.slice(offset + opening.length, end);
  const triple = opening.endsWith('{') && opening.length > 2;
  const closed = end !== -1 && (next === -1 || end < next) && (triple || !body.includes('}'));
  if (triple && !(closed && /^\}~?\}\}/.test(text.slice(end)))) {
    return { offset, message: '`{{{` is not closed by `}}}`' };
  }
  // Four braces are read as the end of a raw block.
  if (!closed || (!triple && text.startsWith('}}}}', end))) {
    return {
      offset,
      message: '`{{` is not closed by `}}`: write `\\{{` where two braces are meant',
    };
  }
  const close = /^\}~?\}\}|^\}\}/.exec(text.slice(end, end + 4))![0];
  return {
    offset,
    text: text.slice(offset, end + (triple ? close.length : 2)),
    body: body.replace(/^~|~$/g, '').trim(),
  };
}

function commentAt(text: string, offset: number, dashes: '--' | ''): Tag | Fault {
  const end = new RegExp(`${dashes}~?\\}\\}`, 'g');
  end.lastIndex = offset + 3;
  if (!end.test(text)) return { offset, message: `the comment is not closed by \`${dashes}}}\`` };
  return { offset, text: text.slice(offset, end.lastIndex), body: '!' };
}

/** Opens and closes blocks. */
function nestingFault(text: string, { offset, body }: Tag, blocks: OpenBlock[]): Fault | null {
  const top = blocks.at(-1);
  const opened = openedBy(body);
  if (opened !== undefined) {
    blocks.push({ name: opened, offset, hasElse: false });
    return null;
  }
  if (isElse(body)) {
    if (top === undefined) return { offset, message: '`{{else}}` is in no block' };
    if (top.hasElse) return { offset, message: 'the block has an `{{else}}` already' };
    top.hasElse = body === '^' || body === 'else';
    return null;
  }
  const closed = closedBy(body);
  if (closed === undefined) return null;
  if (top?.name === closed) {
    blocks.pop();
    return null;
  }
  if (blocks.some(({ name }) => name === closed)) return notClosed(top!);
  const opening = `{{${closed} `;
  const bare = text.lastIndexOf(opening, offset);
  if (bare !== -1) return { offset: bare, message: noBlock(closed, text.slice(bare + 2)) };
  if (top === undefined) return { offset, message: `\`{{/${closed}}}\` closes no block` };
  const line = text.slice(0, top.offset).split('\n').length;
  return {
    offset,
    message: `\`{{/${closed}}}\` does not close \`{{#${top.name}}}\` of line ${line}`,
  };
}

function openedBy(body: string): string | undefined {
  return /^(?:#[*>]?|\^)\s*([^\s|]+)/.exec(body)?.[1];
}

function isElse(body: string): boolean {
  return /^(?:\^$|else\b)/.test(body);
}

function closedBy(body: string): string | undefined {
  return /^\/\s*(\S+)/.exec(body)?.[1];
}

function notClosed({ offset, name }: OpenBlock): Fault {
  return { offset, message: `\`{{#${name}}}\` is not closed by \`{{/${name}}}\`` };
}

/** What is to be said of `{{if debug}}`, of which `rest` is all behind the braces. */
function noBlock(helper: string, rest: string): string {
  const [tag = helper] = /^[^}]*/.exec(rest) ?? [];
  return `\`{{${helper}}}\` opens no block: write \`{{#${tag.trim()}}}\``;
}

/** What is wrong within a tag, which is parsed alone for that. */
function contentFault({ offset, text, body }: Tag): Fault | null {
  if (body === '') return { offset, message: 'the tag is empty' };
  const before = isElse(body)
    ? '{{#if x}}'
    : body.startsWith('/')
      ? `{{#${closedBy(body)} x}}`
      : '';
  const opened = openedBy(body);
  const after = isElse(body) ? '{{/if}}' : opened === undefined ? '' : `{{/${opened}}}`;
  const alone = `${before}${text}${after}`;
  try {
    Handlebars.parse(alone);
    return null;
  } catch (error) {
    const at = (unexpectedAt(alone, error) ?? -1) - before.length;
    if (at < 0) return null;
    const start = startOf(text, at);
    return { offset: offset + start, message: describeUnexpected(text, body, start) };
  }
}

/** Operators are one word, of which the library may have read the first letter. */
function startOf(text: string, at: number): number {
  return at - (/[=!<>|&]*$/.exec(text.slice(0, at))?.[0].length ?? 0);
}

function describeUnexpected(text: string, body: string, start: number): string {
  const [word = ''] = /^(?:[^\s}~]|\}(?!\}))*/.exec(text.slice(start)) ?? [];
  const [, negated] = /^!([\w.@/-]+)$/.exec(word) ?? [];
  if (negated !== undefined && /^#\s*if\b/.test(body)) {
    return `\`!\` cannot stand here: write \`{{#unless ${negated}}}\``;
  }
  if (/^["']/.test(word)) return `the quote \`${word.charAt(0)}\` is not closed`;
  if (word === '') return 'something is missing here: a tag holds the name of one argument';
  // Go's templates, which are given to docker and kubectl.
  const hint = word.startsWith('.') ? '; write `\\{{` where two braces are meant' : '';
  return `\`${word.slice(0, 40)}\` cannot stand here: a tag holds the name of one argument${hint}`;
}

/**
 * The offset at which the library met what it did not expect: its error shows it under an excerpt
 * of at most 20 characters on each side, without line breaks.
 */
function unexpectedAt(text: string, error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  const match = /error on line \d+[^\n]*\n([^\n]*)\n(-*)\^/.exec(error.message);
  if (match === null) return null;
  const [, shown = '', { length: caret } = ''] = match;
  const flat = text.replaceAll('\n', '');
  // What was cut off in front is shown as three dots.
  for (const dots of ['', '...']) {
    const excerpt = shown.slice(dots.length).replace(/\.\.\.$/, '');
    const found = flat.lastIndexOf(excerpt);
    if (found !== -1 && shown.startsWith(dots)) {
      return withBreaks(text, found + caret - dots.length);
    }
  }
  return null;
}

/** The offset in the text of what is at this one without line breaks. */
function withBreaks(text: string, flatOffset: number): number {
  let rest = flatOffset;
  let offset = 0;
  while (rest > 0 || text[offset] === '\n') {
    if (text[offset] !== '\n') rest -= 1;
    offset += 1;
  }
  return offset;
}

function fallback(text: string, error: unknown): Fault {
  const offset = unexpectedAt(text, error);
  if (offset === null) {
    // Above all blocks that are nested so deeply that the stack is too small.
    const reason = error instanceof Error ? error.message : String(error);
    return { offset: 0, message: `the template cannot be parsed: ${reason}` };
  }
  const [word = ''] = /^\S{0,40}/.exec(text.slice(offset)) ?? [];
  return {
    offset,
    message: `the template cannot be parsed: \`${word}\` is not expected here`,
  };
}
