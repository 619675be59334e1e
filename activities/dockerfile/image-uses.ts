import type { Flag } from 'dockerfile-ast';
import { failure } from '../../workflows/contract/failures.ts';
import { continuationLength, readFlags, type DockerfileText } from './flags.ts';
import type { Statement } from './statements.ts';

/** A place where a Dockerfile names an image or a stage. */
export interface ImageUse {
  readonly line: number;
  /** The name, variables resolved. */
  readonly name: string;
  /** UTF-16 offsets of the name as it is written. */
  readonly start: number;
  readonly end: number;
}

/**
 * What `--from=` of COPY and `from=` of RUN --mount name.
 *
 * Throws `DockerfileInvalid`, with the line, for a flag that builders may read otherwise.
 */
export function imagesOfFlags(
  statement: Statement,
  dockerfile: DockerfileText,
): readonly ImageUse[] {
  const { text, escape, file } = dockerfile;
  const { line } = statement;
  return readFlags(statement, dockerfile).flatMap((flag) => {
    const value = flag.getValue();
    const range = flag.getValueRange();
    if (value === null || value === '' || range === null) return [];
    const place = placeOfName(statement.keyword, flag, value, `${file}:${line}`);
    if (place === null) return [];
    const start = statement.offsetOf(range.start);
    const written = text.slice(start, statement.offsetOf(range.end));
    return [
      {
        line,
        name: value.slice(place.from, place.to),
        start: start + writtenOffset(written, place.from, escape),
        // Of the last character, so that a continuation behind the name stays.
        end: start + writtenOffset(written, place.to - 1, escape) + 1,
      },
    ];
  });
}

/** Where the character at `index` of a value is written, line continuations counted. */
function writtenOffset(written: string, index: number, escape: string): number {
  let at = 0;
  for (let left = index; ; left -= 1) {
    for (;;) {
      const skipped = continuationLength(written, at, escape);
      if (skipped === 0) break;
      at += skipped;
    }
    if (left === 0) return at;
    at += 1;
  }
}

interface Place {
  readonly from: number;
  readonly to: number;
}

function placeOfName(keyword: string, flag: Flag, value: string, where: string): Place | null {
  const name = flag.getName().toLowerCase();
  if (keyword === 'COPY' && name === 'from') return { from: 0, to: value.length };
  if (keyword !== 'RUN' || name !== 'mount') return null;
  const named = valuesOfFrom(value);
  if (named.length > 1) {
    throw failure(
      'DockerfileInvalid',
      `${where}: one --mount of RUN has several \`from=\` (${named.join(', ')}), of which each builder may take another: one is expected`,
    );
  }
  if (named[0] === undefined || named[0] === '') return null;
  // Options are comma-separated; the field of the library has wrong ranges on continued lines.
  const match = /(?:^|[,"'])from=("[^,"]*"|'[^,']*'|[^,"']+)/i.exec(value);
  if (match?.[1] === undefined || withoutQuotes(match[1]) !== named[0]) {
    throw failure(
      'DockerfileInvalid',
      `${where}: the \`from=\` of a --mount of RUN has quotes inside: from=${named[0]} is expected`,
    );
  }
  const to = match.index + match[0].length;
  return { from: to - match[1].length, to };
}

/** Of every `from` in the options, as builders have them: quotes go first. */
function valuesOfFrom(options: string): readonly string[] {
  return withoutQuotes(options)
    .split(',')
    .flatMap((option) => /^from=(.*)$/is.exec(option)?.[1] ?? []);
}

function withoutQuotes(text: string): string {
  return text.replaceAll(/["']/g, '');
}
