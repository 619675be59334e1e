import type {
  ResolveSourcesInput,
  ResolveSourcesOutput,
} from '../../workflows/contract/activities.ts';
import { withHeartbeats } from '../support/heartbeating.ts';
import type { SourceTrees } from './source-trees.ts';

/**
 * Makes the activity that turns every ref into a commit: equal sources are asked for once, so that
 * all containers see the same one.
 *
 * The activity throws the failures of `SourceTrees.resolve`.
 */
export function createResolveSources(dependencies: { readonly trees: SourceTrees }) {
  const { trees } = dependencies;
  return async function resolveSources(input: ResolveSourcesInput): Promise<ResolveSourcesOutput> {
    return withHeartbeats(async () => {
      const asked = new Map<string, Promise<string>>();
      const sources = input.sources.map(async (source) => {
        const key = JSON.stringify([source.git, source.ref, source.secret]);
        const commit = asked.get(key) ?? trees.resolve(source);
        asked.set(key, commit);
        return { ...source, commit: await commit };
      });
      return { sources: await Promise.all(sources) };
    });
  };
}
