import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { suggest } from '../../definition/suggest.ts';
import { failure } from '../../workflows/contract/failures.ts';

/** One instruction of a Dockerfile, without the here-documents that follow it. */
export interface Statement {
  /** Upper case. */
  readonly keyword: string;
  /** From 1. */
  readonly line: number;
  /** The parsed instruction; its positions are its own, `offsetOf` leads to those of the file. */
  readonly instruction: Instruction;
  readonly offsetOf: (position: { readonly line: number; readonly character: number }) => number;
}

export interface Statements {
  readonly statements: readonly Statement[];
  readonly escape: '\\' | '`';
}

/**
 * What is larger is not parsed and not built: it travels in an annotation of the Pod, and all of those
 * together may have 256 KiB.
 */
export const maxDockerfileBytes = 200 * 1024;

/** Of the Dockerfile reference; builders know no others, and say so only when they get there. */
const keywords = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
];

interface Line {
  readonly text: string;
  readonly start: number;
}

/**
 * Splits a Dockerfile into instructions by the rules of BuildKit's parser, which Kaniko uses and
 * Buildah follows: continuation lines, comments between them, here-documents. The library alone
 * takes `<<` inside quotes for a here-document and would swallow the instructions that follow,
 * external images among them; it is given one instruction at a time.
 *
 * Throws `DockerfileInvalid` for an unknown instruction and for a here-document without an end.
 *
 * @param file named in failures
 */
export function readStatements(text: string, file: string): Statements {
  const lines = splitLines(text);
  const escape = escapeCharacter(text);
  const continued = escape === '`' ? /(?:^|[^`])`[ \t]*$/ : /(?:^|[^\\])\\[ \t]*$/;
  const statements: Statement[] = [];

  let at = 0;
  while (at < lines.length) {
    const first = lines[at]!;
    if (isBlank(first.text) || isComment(first.text)) {
      at += 1;
      continue;
    }
    let last = at;
    let logical = '';
    for (let index = at; index < lines.length; index += 1) {
      const line = lines[index]!.text;
      if (index > at && (isBlank(line) || isComment(line))) continue;
      last = index;
      logical += line.replace(continued, (match) => match.slice(0, match.lastIndexOf(escape)));
      if (!continued.test(line)) break;
    }
    const end = lines[last]!.start + lines[last]!.text.length;
    statements.push(
      parseStatement(text.slice(first.start, end), first.start, at + 1, escape, file),
    );
    at = last + 1;
    for (const heredoc of heredocsOf(logical, escape)) {
      const closing = closingLine(lines, at, heredoc);
      if (closing === -1) {
        throw failure(
          'DockerfileInvalid',
          `${file}:${last + 1}: the here-document ${heredoc.name} has no end: expected a line with ${heredoc.name} alone`,
        );
      }
      at = closing + 1;
    }
  }
  return { statements, escape };
}

function parseStatement(
  chunk: string,
  start: number,
  line: number,
  escape: '\\' | '`',
  file: string,
): Statement {
  const directive = escape === '`' ? '# escape=`\n' : '';
  const source = directive + chunk;
  const [instruction, ...more] = DockerfileParser.parse(source).getInstructions();
  if (instruction === undefined || more.length > 0) {
    throw failure('DockerfileInvalid', `${file}:${line}: this line is not an instruction`);
  }
  const keyword = instruction.getKeyword();
  if (!keywords.includes(keyword)) {
    const meant = suggest(keyword, keywords);
    throw failure(
      'DockerfileInvalid',
      `${file}:${line}: there is no instruction ${keyword}${meant === null ? '' : `; did you mean ${meant}?`}`,
    );
  }
  const lineStarts = [0, ...[...source.matchAll(/\r\n|\n|\r/g)].map((m) => m.index + m[0].length)];
  return {
    keyword,
    line,
    instruction,
    offsetOf: ({ line: row, character }) =>
      start - directive.length + (lineStarts[row] ?? source.length) + character,
  };
}

function splitLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  while (start < text.length) {
    const feed = text.indexOf('\n', start);
    const next = feed === -1 ? text.length : feed + 1;
    const end = feed === -1 ? text.length : feed;
    lines.push({ text: text.slice(start, end).replace(/\r$/, ''), start });
    start = next;
  }
  return lines;
}

function isBlank(line: string): boolean {
  return line.trim() === '';
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

function escapeCharacter(text: string): '\\' | '`' {
  const head = /^\uFEFF?(?:[ \t]*#[^\n]*(?:\n|$))*/.exec(text)?.[0] ?? '';
  return DockerfileParser.parse(head).getEscapeCharacter() === '`' ? '`' : '\\';
}

/** The line that ends a here-document that begins at line `from`; -1 when there is none. */
function closingLine(lines: readonly Line[], from: number, heredoc: HeredocStart): number {
  for (let at = from; at < lines.length; at += 1) {
    const { text } = lines[at]!;
    if ((heredoc.chomp ? text.replace(/^\t+/, '') : text) === heredoc.name) return at;
  }
  return -1;
}

interface HeredocStart {
  readonly name: string;
  /** `<<-`: tabs before the lines do not count. */
  readonly chomp: boolean;
}

/** BuildKit: words outside quotes that are `[fd]<<[-]name`, in ADD, COPY and RUN, not as JSON. */
function heredocsOf(logical: string, escape: string): readonly HeredocStart[] {
  const match = /^\s*(?:ONBUILD\s+)?(?:ADD|COPY|RUN)\s+(.*)$/is.exec(logical);
  const rest = match?.[1];
  if (rest === undefined || !rest.includes('<<') || isJsonForm(rest)) return [];
  return splitWords(rest, escape).flatMap((word) => {
    const [, chomp, written] = /^\d*<<(-?)([^<]*)$/.exec(word) ?? [];
    const name = written?.replace(/^(['"])(.*)\1$/, '$2').replaceAll(escape, '');
    return name === undefined || name === '' ? [] : [{ name, chomp: chomp === '-' }];
  });
}

function isJsonForm(rest: string): boolean {
  try {
    return Array.isArray(JSON.parse(rest.replace(/^(?:--\S+\s+)*/, '')));
  } catch {
    return false;
  }
}

/** Words as a shell splits them, quotes and escapes kept. */
function splitWords(text: string, escape: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (quote === '' && /\s/.test(char)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += char;
    if (char === escape && quote !== "'") {
      word += text[at + 1] ?? '';
      at += 1;
    } else if (quote === char) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  return word === '' ? words : [...words, word];
}
