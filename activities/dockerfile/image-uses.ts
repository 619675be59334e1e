import type { Flag, ModifiableInstruction } from 'dockerfile-ast';
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

/** What `--from=` of COPY and `from=` of RUN --mount name. */
export function imagesOfFlags(
  statement: Statement,
  text: string,
  escape: string,
): readonly ImageUse[] {
  const flags = (statement.instruction as ModifiableInstruction).getFlags();
  return flags.flatMap((flag) => {
    const value = flag.getValue();
    const range = flag.getValueRange();
    if (value === null || value === '' || range === null) return [];
    const place = placeOfName(statement.keyword, flag, value);
    if (place === null) return [];
    const start = statement.offsetOf(range.start);
    const written = text.slice(start, statement.offsetOf(range.end));
    return [
      {
        line: statement.line,
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
  const continuation = /^[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\n)*/;
  let at = 0;
  for (let left = index; ; left -= 1) {
    for (;;) {
      const skipped = written[at] === escape ? continuation.exec(written.slice(at + 1)) : null;
      if (skipped === null) break;
      at += 1 + skipped[0].length;
    }
    if (left === 0) return at;
    at += 1;
  }
}

function placeOfName(
  keyword: string,
  flag: Flag,
  value: string,
): { readonly from: number; readonly to: number } | null {
  const name = flag.getName().toLowerCase();
  if (keyword === 'COPY' && name === 'from') return { from: 0, to: value.length };
  if (keyword !== 'RUN' || name !== 'mount') return null;
  // Options are comma-separated; the field of the library has wrong ranges on continued lines.
  const match = /(?:^|[,"])from=([^,"]+)/i.exec(value);
  if (match === null) return null;
  const to = match.index + match[0].length;
  return { from: to - match[1]!.length, to };
}
