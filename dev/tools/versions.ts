/** Three numbers, compared from left to right; a missing one counts as 0. */
export type Version = readonly [major: number, minor: number, patch: number];

/** Accepted are versions that are at least `from` and lower than `below`. */
export interface VersionRange {
  readonly from: Version;
  readonly below: Version;
}

/**
 * Reads a version out of what a program prints about itself. The pattern's first three groups are
 * the numbers; MinIO's release date (`RELEASE.2025-09-07T…`) is read as a version in this way too.
 * Undefined where the pattern isn't found.
 */
export function readVersion(text: string, pattern: RegExp): Version | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  return [Number(match[1] ?? 0), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compareVersions(left: Version, right: Version): number {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** Whether a version lies in the range. */
export function isAccepted(version: Version, range: VersionRange): boolean {
  return compareVersions(version, range.from) >= 0 && compareVersions(version, range.below) < 0;
}

/** The version as people write it, e.g. `3.6.8`. */
export function formatVersion(version: Version): string {
  return version.join('.');
}

/** The range as a phrase for messages, e.g. `3.5.13 or newer, below 3.7.0`. */
export function describeRange(range: VersionRange): string {
  return `${formatVersion(range.from)} or newer, below ${formatVersion(range.below)}`;
}
