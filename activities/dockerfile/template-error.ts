import { failure } from '../../workflows/contract/failures.ts';

/** Where something is wrong in a template. */
export interface TemplateFault {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/** A failure is read by a person, and carried in a history. */
const maxNamed = 20;

/** The `TemplateInvalid` for the first faults of a template, in the order of the text. */
export function templateInvalid(
  file: string,
  faults: readonly TemplateFault[],
  cause?: unknown,
): Error {
  const named = faults
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .slice(0, maxNamed)
    .map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const rest = faults.length - named.length;
  const more = rest === 0 ? [] : [`${file}: and ${rest} more`];
  return failure('TemplateInvalid', [...named, ...more].join('\n'), { cause });
}
