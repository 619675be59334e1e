import { StringDecoder } from 'node:string_decoder';
import { redact } from '../support/redact.ts';

/** A line without an end is cut here, so that memory stays bounded. */
const longestLine = 64 * 1024;
/** What is kept for the classification, in characters. */
const tailLength = 64 * 1024;

/** The end of a log, as text. */
export interface LogTail {
  append(text: string): void;
  readonly text: () => string;
  /** The last line that is not empty, at most 200 characters. */
  readonly lastLine: () => string | null;
}

export function createLogTail(): LogTail {
  let text = '';
  return {
    append(more) {
      text = (text + more).slice(-tailLength);
    },
    text: () => text,
    lastLine() {
      const line = text.slice(-4_096).trimEnd().split('\n').at(-1)?.trim() ?? '';
      return line === '' ? null : line.slice(0, 200);
    },
  };
}

/**
 * Bytes of a log → redacted lines, each with its newline. Cut in the same places however the bytes
 * are divided: a second reading gives the same text.
 *
 * @param secrets values that are taken out beside what looks like a credential
 */
export function createLineRedactor(secrets: readonly string[] = []): {
  readonly push: (chunk: Buffer) => string;
  readonly end: () => string;
} {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (): string => {
    let out = '';
    for (;;) {
      const newline = rest.indexOf('\n');
      const end = newline === -1 || newline >= longestLine ? longestLine : newline + 1;
      if (end > rest.length || (newline === -1 && rest.length < longestLine)) return out;
      out += redact(rest.slice(0, end), secrets);
      rest = rest.slice(end);
    }
  };
  return {
    push(chunk) {
      rest += decoder.write(chunk);
      return take();
    },
    end() {
      rest += decoder.end();
      const out = take() + redact(rest, secrets);
      rest = '';
      return out;
    },
  };
}

/** The last whole lines of the text that fit into `limit` bytes. */
export function lastLines(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  const cut = bytes.subarray(bytes.length - limit).toString('utf8');
  const newline = cut.indexOf('\n');
  // One long line: a character may have been cut in two.
  return newline === -1 || newline === cut.length - 1
    ? cut.replace(/^\uFFFD+/, '')
    : cut.slice(newline + 1);
}
