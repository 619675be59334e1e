import { upsertSearchAttributes } from '@temporalio/workflow';
import type { ResolvedSource } from '../contract/activities.ts';
import type { Application, BuiltContainer, Source } from '../contract/application.ts';
import { commitAttribute } from '../contract/search-attributes.ts';
import { activities, resolvePolicy } from './policies.ts';

/**
 * Every ref of the application to its commit, once, so that all containers of the build see the
 * same one.
 *
 * @param known commits that are not asked for again
 */
export async function resolveSources(
  application: Application,
  known: readonly ResolvedSource[],
): Promise<readonly ResolvedSource[]> {
  const wanted = new Map<string, Source>();
  for (const { source } of application.components.flatMap(({ containers }) =>
    containers.filter((container) => container.kind === 'build'),
  )) {
    if (!wanted.has(sourceKey(source))) wanted.set(sourceKey(source), source);
  }
  const sources: ResolvedSource[] = [];
  for (const source of known) {
    if (wanted.delete(sourceKey(source))) sources.push(source);
  }
  if (wanted.size > 0) sources.push(...(await resolve([...wanted.values()])));
  const commit = sources[0]?.commit;
  if (commit !== undefined) upsertSearchAttributes([{ key: commitAttribute, value: commit }]);
  return sources;
}

/** Sources of one call: hundreds of them would make a large payload. */
const callSize = 50;

async function resolve(sources: readonly Source[]): Promise<readonly ResolvedSource[]> {
  const calls = [];
  for (let from = 0; from < sources.length; from += callSize) {
    const some = sources.slice(from, from + callSize);
    const refs = some.map(({ ref }) => ref).join(', ');
    calls.push(activities(resolvePolicy, refs).resolveSources({ sources: some }));
  }
  return (await Promise.all(calls)).flatMap((resolved) => resolved.sources);
}

/** The container's own source, at the commit that the build has for its ref. */
export function sourceOf(
  { source }: BuiltContainer,
  sources: readonly ResolvedSource[],
): ResolvedSource {
  const resolved = sources.find((candidate) => sourceKey(candidate) === sourceKey(source));
  if (resolved === undefined) throw new TypeError(`${source.git} ${source.ref} is not resolved`);
  return { ...source, commit: resolved.commit };
}

// Whatever else a source says (secret, submodules), a ref of a repository has one commit.
function sourceKey({ git, ref }: Source): string {
  return JSON.stringify([git, ref]);
}
