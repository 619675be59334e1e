/**
 * The name that was probably meant, or null: at most two letters off, and a third of its length; or
 * the only one that begins like this.
 */
export function suggest(written: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.min(3, Math.ceil(written.length / 3) + 1);
  for (const name of known) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  const longer = known.filter((name) => name.toLowerCase().startsWith(written.toLowerCase()));
  return best ?? (longer.length === 1 && written.length > 2 ? longer[0]! : null);
}

/** Insertions, deletions and replacements that lead from one text to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return Infinity;
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[to.length]!;
}
