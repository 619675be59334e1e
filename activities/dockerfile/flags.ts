import type { Flag, ModifiableInstruction } from 'dockerfile-ast';
import { failure } from '../../workflows/contract/failures.ts';
import type { Statement } from './statements.ts';

/** Where a Dockerfile's text is read: what positions and escapes in it mean. */
export interface DockerfileText {
  readonly text: string;
  readonly escape: string;
  /** Named in failures. */
  readonly file: string;
}

/** Flags that have no value (Dockerfile reference). */
const switches = ['', 'link', 'parents'];

const continuation = /[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\n)*/y;

/**
 * The flags of FROM, COPY and RUN. Builders take quotes and backslashes out of flags, and split them
 * elsewhere than the library does: what they could read otherwise is refused, so that no image is
 * named behind our back.
 *
 * Throws `DockerfileInvalid` with the line.
 */
export function readFlags(
  statement: Statement,
  { text, escape, file }: DockerfileText,
): readonly Flag[] {
  const flags = (statement.instruction as ModifiableInstruction).getFlags();
  for (const flag of flags) {
    const range = flag.getRange();
    const end = statement.offsetOf(range.end);
    // The library ends a flag before a backslash and a space.
    const isOpen = text[end] === '\\' && continuationLength(text, end, escape) === 0;
    const written = text.slice(statement.offsetOf(range.start), isOpen ? end + 1 : end);
    const problem = problemOf(flag, withoutContinuations(written, escape));
    if (problem === null) continue;
    throw failure(
      'DockerfileInvalid',
      `${file}:${statement.line}: the flag --${flag.getName()} of ${statement.keyword} ${problem}`,
    );
  }
  return flags;
}

function problemOf(flag: Flag, written: string): string | null {
  if (!/^[\x21-\x7e]*$/.test(written)) return 'has a character that is not printable ASCII';
  if (written.includes('\\')) return 'has a backslash, which builders take out';
  if (/["']/.test(flag.getName())) return 'has quotes in its name';
  if (/["']/.test(written.replaceAll(/"[^"]*"|'[^']*'/g, ''))) {
    return 'has a quote that is not closed before the next space';
  }
  if (flag.getValue() === null && !switches.includes(flag.getName().toLowerCase())) {
    return `has no value: --${flag.getName()}=… is expected`;
  }
  return null;
}

function withoutContinuations(written: string, escape: string): string {
  let text = '';
  for (let at = 0; at < written.length; at += 1) {
    const skipped = continuationLength(written, at, escape);
    if (skipped === 0) text += written[at]!;
    else at += skipped - 1;
  }
  return text;
}

/** Characters from `at` that only continue the line: 0 where there is no continuation. */
export function continuationLength(written: string, at: number, escape: string): number {
  if (written[at] !== escape) return 0;
  continuation.lastIndex = at + 1;
  const match = continuation.exec(written);
  return match === null ? 0 : 1 + match[0].length;
}
