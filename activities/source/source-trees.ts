import type { ResolvedSource } from '../../workflows/contract/activities.ts';
import type { Source } from '../../workflows/contract/application.ts';

/** Git repositories, as activities use them: one fetch per worker and commit. */
export interface SourceTrees {
  /**
   * The commit (40 hex digits) that the ref names now.
   * Throws `SourceNotFound`, `SourceAuthDenied`, `SourceUnavailable`.
   */
  resolve(source: Source): Promise<string>;
  /**
   * Runs `use` with the directory of a checked-out tree of the commit, which others may read at
   * the same time and which stays until `use` returns; nobody may write there.
   */
  withTree<T>(source: ResolvedSource, use: (directory: string) => Promise<T>): Promise<T>;
}
