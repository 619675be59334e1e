/**
 * What happened, in the words of the innermost cause: fetch says `fetch failed`, and of several
 * addresses there is an AggregateError without words of its own.
 */
export function rootCause(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : rootCause(error.cause);
}
