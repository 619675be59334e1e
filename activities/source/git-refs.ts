const commitPattern = /^[0-9a-f]{40}$/;

/** Whether the ref is a full commit id: it is taken as it is, also where a branch is named so. */
export function isCommit(ref: string): boolean {
  return commitPattern.test(ref);
}

/** The names that `ref` may stand for on the remote, in the order in which they win. */
function candidates(ref: string): readonly string[] {
  if (ref === 'HEAD') return ['HEAD'];
  if (ref.startsWith('refs/')) return [`${ref}^{}`, ref];
  // A branch wins over a tag of the same name; an annotated tag is peeled to its commit.
  return [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`];
}

/** Patterns for `git ls-remote`, which matches them loosely: `pickCommit` decides. */
export function lsRemotePatterns(ref: string): readonly string[] {
  return candidates(ref);
}

/**
 * The commit that `ref` names in the output of `git ls-remote`; null when there is none. A branch
 * wins over a tag of the same name, a name starting with `refs/` is taken as it is.
 */
export function pickCommit(lsRemoteOutput: string, ref: string): string | null {
  const byName = new Map<string, string>();
  for (const line of lsRemoteOutput.split('\n')) {
    const [commit = '', name = ''] = line.split('\t');
    if (commitPattern.test(commit)) byName.set(name, commit);
  }
  for (const name of candidates(ref)) {
    const commit = byName.get(name);
    if (commit !== undefined) return commit;
  }
  return null;
}
