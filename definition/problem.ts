/** One thing that is wrong with a definition, for a person or an editor. */
export interface Problem {
  /** As the caller named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number;
  /** E.g. `spec.components[0].containers[1].name`; empty for the document itself. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly expected: string;
}

export type Path = readonly (string | number)[];

/** A problem before its place in the text is known. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly expected: string;
  /** Point at the last key of the path rather than at its value. */
  readonly atKey?: boolean;
  /** The fields that this one was meant to be, or to be in. */
  readonly meant?: readonly Path[];
  /** The fields that are missing, any one of which would mend it. */
  readonly missing?: readonly Path[];
}

export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/**
 * Problems as people read them: `file:line:column: path: message; expected …`, and under each the
 * line itself with a mark where `text`, the file's content, is given.
 */
export function formatProblems(problems: readonly Problem[], text?: string): string {
  const lines = text?.split(/\r?\n/);
  return problems
    .map((problem) => {
      const { file, line, column, path, message, expected } = problem;
      const place = `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}`;
      const source = lines?.[line - 1];
      const wanted = message.endsWith('?') ? ` Expected ${expected}` : `; expected ${expected}`;
      return `${place}${message}${wanted}${excerpt(source, column)}`;
    })
    .join('\n');
}

const excerptWidth = 100;

function excerpt(source: string | undefined, column: number): string {
  if (source === undefined || source.trim() === '') return '';
  const start = Math.max(0, column - 1 - excerptWidth / 2);
  const shown = hideCredentials(source).slice(start, start + excerptWidth);
  // Tabs stay tabs, so that the mark stands under what it marks.
  const indent = shown.slice(0, column - 1 - start).replace(/[^\t]/g, ' ');
  return `\n    ${shown}\n    ${indent}^`;
}

/** Someone may have put a password into a URL: that is refused, and not printed either. */
function hideCredentials(source: string): string {
  return source.replace(/\/\/[^/\s@]+@/g, (match) => `//${'*'.repeat(match.length - 3)}@`);
}
