import type { Finding } from './problem.ts';
import type { Entry } from './raw.ts';

/** Finds the entries whose field has the value of an earlier one. */
export function duplicates(
  all: readonly Entry[],
  what: { readonly kind: string; readonly field: string; readonly expected: string },
): readonly Finding[] {
  const seen = new Set<string>();
  return all.flatMap(({ path, fields }) => {
    const name = fields[what.field];
    if (typeof name !== 'string') return [];
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      {
        path: [...path, what.field],
        message: `there is a ${what.kind} ${JSON.stringify(name)} already`,
        expected: what.expected,
      },
    ];
  });
}
