import { failure } from '../../workflows/contract/failures.ts';

/** Where something is wrong in a template. */
export interface TemplateFault {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/** The `TemplateInvalid` for all faults of a template, in the order of the text. */
export function templateInvalid(
  file: string,
  faults: readonly TemplateFault[],
  cause?: unknown,
): Error {
  const text = faults
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`)
    .join('\n');
  return failure('TemplateInvalid', text, { cause });
}
