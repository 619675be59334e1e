import type {
  ResolveSourcesInput,
  ResolveSourcesOutput,
} from '../../workflows/contract/activities.ts';
import type { Source } from '../../workflows/contract/application.ts';
import { withHeartbeats } from '../support/heartbeating.ts';
import type { SourceTrees } from './source-trees.ts';

/** Questions to git servers at once: each is a process and a connection. */
const atOnce = 8;

/**
 * Makes the activity that turns every ref into a commit: equal sources are asked for once, so that
 * all containers see the same one.
 *
 * The activity throws the failures of `SourceTrees.resolve`; then nothing more is asked for.
 */
export function createResolveSources(dependencies: { readonly trees: SourceTrees }) {
  const { trees } = dependencies;
  return async function resolveSources(input: ResolveSourcesInput): Promise<ResolveSourcesOutput> {
    return withHeartbeats(async (signal) => {
      const commits = new Map<string, string>();
      const ended = new AbortController();
      const either = AbortSignal.any([signal, ended.signal]);
      // All take from one iterator.
      const waiting = new Map(input.sources.map((source) => [keyOf(source), source])).values();
      const askInTurn = async (): Promise<void> => {
        for (const source of waiting) {
          if (either.aborted) return;
          commits.set(keyOf(source), await trees.resolve(source));
        }
      };
      try {
        await Promise.all(Array.from({ length: atOnce }, askInTurn));
      } finally {
        ended.abort();
      }
      return { sources: input.sources.map((source) => resolved(source, commits)) };
    });
  };
}

function keyOf({ git, ref, secret }: Source): string {
  return JSON.stringify([git, ref, secret]);
}

function resolved(source: Source, commits: ReadonlyMap<string, string>) {
  const commit = commits.get(keyOf(source));
  if (commit === undefined) throw new TypeError(`${source.ref} was not asked for`);
  return { ...source, commit };
}
