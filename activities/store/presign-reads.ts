import type {
  PresignReadsInput,
  PresignReadsOutput,
  ReadRequest,
} from '../../workflows/contract/activities.ts';
import { assertNever } from '../../workflows/contract/assert-never.ts';
import { failure } from '../../workflows/contract/failures.ts';
import { logKey, logPartKey, type LogIdentity } from '../build-pod/log-store.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { seal } from '../support/sealed.ts';
import type { InstallationSettings } from '../support/settings.ts';

/** Seconds that a URL reads its object: enough for a large package, little for one that gets lost. */
const lifetime = 15 * 60;
/** URLs in one answer: sealed and compressed they stay below 64 KiB, the limit of a payload. */
const maxUrls = 300;
/** What clients may read: contexts hold source code, and `inputs/` is the workers' own. */
const readable = /^(?:dockerfiles|components|applications|results)\//;

export interface PresignReadsDependencies {
  readonly store: Pick<ObjectStore, 'presignGet'>;
  readonly settings: Pick<InstallationSettings, 'caBundle'>;
}

/** What is sealed, as JSON; `client/grant.ts` reads it. */
interface Grant {
  /** ISO 8601, a little before the URLs end. */
  readonly expiresAt: string;
  /** PEM text of the CAs under which the store's certificate may be, null for none but the system's. */
  readonly caBundle: string | null;
  /** In the request's order: for an object its URL, for a log the joined object's, then the parts'. */
  readonly urls: readonly (readonly string[])[];
}

/**
 * Makes the activity that hands out presigned GETs of logs and results, sealed to the one who asks:
 * clients reach the store without a key for it (DESIGN.md, invariants 4 and 9). Whether an object
 * is there is not looked at.
 *
 * The activity throws `InvalidDefinition` for a key or a name outside what may be read and for
 * more than 300 URLs, and `StorageUnavailable`.
 */
export function createPresignReads(
  dependencies: PresignReadsDependencies,
): (input: PresignReadsInput) => Promise<PresignReadsOutput> {
  return async ({ reads, publicKey }) => {
    const keys = reads.map(keysOf);
    const count = keys.flat().length;
    if (count > maxUrls)
      throw refused(`${count} objects were asked for at once; expected at most ${maxUrls}`);
    const { store, settings } = dependencies;
    const expiresAt = new Date(Date.now() + (lifetime - 60) * 1000).toISOString();
    const urls = await Promise.all(
      keys.map((group) => Promise.all(group.map((key) => store.presignGet(key, lifetime)))),
    );
    const grant: Grant = { expiresAt, caBundle: settings.caBundle, urls };
    return { sealed: seal(JSON.stringify(grant), publicKey) };
  };
}

function keysOf(read: ReadRequest): readonly string[] {
  switch (read.kind) {
    case 'object':
      return [confined(read.key)];
    case 'log':
      return logKeys(read);
    default:
      return assertNever(read);
  }
}

function confined(key: string): string {
  if (readable.test(key) && segments(key).every(isSegment)) return key;
  throw refused(
    `${JSON.stringify(key.slice(0, 200))} cannot be read; expected the key of an object under dockerfiles/, components/, applications/ or results/`,
  );
}

function logKeys(read: Extract<ReadRequest, { kind: 'log' }>): readonly string[] {
  const { buildId, component, container, generation, from, count } = read;
  const names = [...segments(buildId), component, container];
  const numbers = [generation, from, count];
  if (
    names.length !== 4 ||
    !names.every(isSegment) ||
    !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
  ) {
    throw refused(
      `there can be no log of ${JSON.stringify({ buildId, component, container, generation, from, count }).slice(0, 400)}; expected a build id, a component, a container and whole numbers`,
    );
  }
  if (count > maxUrls) throw refused(`${count} parts were asked for; expected at most ${maxUrls}`);
  const attempt: LogIdentity = { buildId, component, container, generation };
  const parts = Array.from({ length: count }, (_, index) => logPartKey(attempt, from + index));
  return [logKey(attempt), ...parts];
}

function segments(key: string): readonly string[] {
  return key.split('/');
}

// Ids of scheduled builds carry a time with colons; versions may have a plus. Never `..` or nothing.
function isSegment(text: string): boolean {
  return /^[A-Za-z0-9][\w.:+-]{0,254}$/.test(text);
}

function refused(message: string): Error {
  return failure('InvalidDefinition', message);
}
