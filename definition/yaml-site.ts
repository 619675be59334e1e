import type { Document } from 'yaml';

/** What is wrong with the YAML itself, at an offset in the text. */
export interface YamlFault {
  readonly offset: number;
  readonly message: string;
  readonly expected: string;
}

/** Where the parser met an error, and what it says of it. */
export interface Site {
  readonly document: Document.Parsed;
  readonly text: string;
  readonly offset: number;
  readonly said: string;
}

/** The line with an offset in it, without its end; where it starts, and where the next one does. */
export function lineAt(
  text: string,
  offset: number,
): { readonly start: number; readonly line: string; readonly next: number } {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end === -1 ? text.length : end).replace(/\r$/, '');
  return { start, line, next: end === -1 ? text.length : end + 1 };
}

export function wordAt(text: string, offset: number): string {
  return /^[^\s,}\]]*/.exec(text.slice(offset, offset + 100))?.[0] ?? '';
}

const shownLength = 40;

export function cut(text: string): string {
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}
