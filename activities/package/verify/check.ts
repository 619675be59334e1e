/** One thing that a verification has looked at. */
export interface Check {
  readonly name: string;
  /** `unreachable`: a service that would know did not answer. */
  readonly status: 'ok' | 'failed' | 'unreachable' | 'skipped';
  /** What is wrong, or why it was not looked at; what was found for `ok`. */
  readonly detail: string;
}

// A line is for a person: what a large package has wrong is not told to the last entry.
const mostProblems = 5;

/** `ok` with `detail` where there are no problems, else `failed` with the first of them. */
export function checkOf(name: string, problems: readonly string[], detail: string): Check {
  if (problems.length === 0) return { name, status: 'ok', detail };
  const more = problems.length - mostProblems;
  const shown = problems.slice(0, mostProblems).join('; ');
  return {
    name,
    status: 'failed',
    detail: more > 0 ? `${shown}; and ${more} more` : shown,
  };
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
