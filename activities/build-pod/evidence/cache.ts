import { assertNever } from '../../../workflows/contract/assert-never.ts';
import type { BuilderName } from '../../../workflows/contract/application.ts';
import type { Rule } from './verdict.ts';

/** A warning's length, in characters. */
const longest = 500;

/**
 * What the log of a build that ended well says about its layer cache, in sentences for people: the
 * layers that could not be read or written. Each once, in the log's order.
 *
 * A cache that Kaniko cannot read looks like an empty one: it logs the cause at debug level only.
 *
 * @param log redacted
 */
export function cacheWarnings(builder: BuilderName, log: string): readonly string[] {
  const reasons = [...log.matchAll(patternOf(builder))].map(([, text = '']) =>
    text.replaceAll('\\"', '"').trim(),
  );
  const reason = reasons.at(-1);
  if (reason === undefined) return [];
  const times = reasons.length === 1 ? '' : ` (${reasons.length} times)`;
  return [
    `the layer cache was in trouble${times}, so layers were built or will be built again: ${reason}`.slice(
      0,
      longest,
    ),
  ];
}

function patternOf(builder: BuilderName): RegExp {
  switch (builder) {
    case 'kaniko':
      return /^(?:time=\S+ level=warning msg="|WARN\S* )Error uploading layer to cache: (.*?)"?$/gm;
    case 'buildah':
      // Of base images the reference ends in a name or a digest, of cached layers in a key as tag.
      return /^time=\S+ level=warning msg="Failed, retrying in .*? Error: initializing source docker:\/\/\S+(?<!@sha256):[0-9a-f]{64}: (.*?)"$/gm;
    default:
      return assertNever(builder);
  }
}

const pushingFailed = 'Error: failed pushing cache to ';

/**
 * Buildah fails where it cannot write a layer to its cache, whatever the reason. The next attempt
 * doesn't write, so that another one is worth its while.
 */
export const buildahCacheRule: Rule<string> = (lastError) => {
  if (!lastError.startsWith(pushingFailed)) return null;
  // The layer's reference, printed as a structure, ends in a brace; the cause follows.
  const end = lastError.indexOf('}: ');
  const cause = lastError.slice(end === -1 ? pushingFailed.length : end + '}: '.length);
  return {
    failureType: 'RegistryUnavailable',
    reason: `a layer could not be written to the layer cache, the next attempt goes without: ${cause}`,
  };
};
