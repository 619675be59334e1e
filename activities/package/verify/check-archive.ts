import { sumsPath, writeArchive } from '../archive.ts';
import { sha256 } from '../../support/digest.ts';
import { readEntries } from '../read-archive.ts';
import { checkOf, counted, type Check } from './check.ts';

export interface CheckedArchive {
  readonly checks: readonly Check[];
  /** Without the sums; null where the file is no archive. */
  readonly entries: ReadonlyMap<string, Buffer> | null;
}

/**
 * Checks a package as a file: its sums, and that it is byte for byte what its entries make, so that
 * nothing else is in it.
 *
 * @param label of the file, in the names of the checks
 */
export async function checkArchive(label: string, archive: Buffer): Promise<CheckedArchive> {
  const all = await readEntries(archive).catch((error: unknown) => reasonOf(error));
  if (typeof all === 'string') {
    return { checks: [checkOf(`${label}: archive`, [`is no package: ${all}`], '')], entries: null };
  }
  const entries = new Map([...all].filter(([path]) => path !== sumsPath));
  const rebuilt = await writeArchive(Array.from(entries, ([path, content]) => ({ path, content })));
  const isExact = rebuilt.equals(archive);
  const sums = all.get(sumsPath)?.toString('utf8');
  return {
    entries,
    checks: [
      checkOf(
        `${label}: sums`,
        sumProblems(entries, sums),
        `${counted(entries.size, 'file')} as ${sumsPath} says`,
      ),
      checkOf(
        `${label}: archive`,
        isExact ? [] : ['has other bytes than its entries make: it was packed by something else'],
        'nothing in it but its entries',
      ),
    ],
  };
}

function sumProblems(
  entries: ReadonlyMap<string, Buffer>,
  sums: string | undefined,
): readonly string[] {
  if (sums === undefined) return [`has no ${sumsPath}`];
  const told = new Map<string, string>();
  const problems: string[] = [];
  for (const line of sums.split('\n')) {
    if (line === '') continue;
    const [, sum, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (sum === undefined || path === undefined || told.has(path)) {
      problems.push(`${sumsPath} has a line that is no sum, or one twice: ${JSON.stringify(line)}`);
      continue;
    }
    told.set(path, sum);
  }
  for (const [path, content] of entries) {
    const expected = told.get(path);
    if (expected === undefined) problems.push(`${path} has no sum`);
    else if (expected !== sha256(content)) problems.push(`${path} does not fit its sum`);
  }
  for (const path of told.keys()) if (!entries.has(path)) problems.push(`${path} is missing`);
  return problems;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
