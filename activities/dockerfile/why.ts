import type { PinnedImage, RecordedInputs } from '../../workflows/contract/activities.ts';
import type { ContainerVerdict, InputChange } from '../../workflows/contract/build.ts';
import { templateArgumentPrefix } from './recorded-inputs.ts';

/** What decides whether a container is built, beside its inputs. */
export interface VerdictFacts {
  /** The inputs of the last proved image; null when none is known. */
  readonly last: RecordedInputs | null;
  readonly current: RecordedInputs;
  /** Whether the registry has the image of the current inputs, and it may be used. */
  readonly present: boolean;
  readonly forced: boolean;
  /** False when the Dockerfile fetches what no digest covers. */
  readonly cacheable: boolean;
}

/** Results are payloads: of each kind so many are listed, and so much of a text is shown. */
const maxListed = 20;
const maxText = 200;

/**
 * Whether the container has to be built, and what is different from the last time. A build without
 * a change of its inputs is `forced`, `uncacheable` or `missing`: the list is never empty.
 */
export function containerVerdict(facts: VerdictFacts): ContainerVerdict {
  const { last, current, present, forced, cacheable } = facts;
  if (present) return { verdict: 'unchanged', changes: [] };
  const changes: InputChange[] = [
    ...(last === null ? [plain('new')] : inputChanges(last, current)),
    ...(forced ? [plain('forced')] : []),
    ...(cacheable ? [] : [plain('uncacheable')]),
  ];
  return { verdict: 'build', changes: changes.length === 0 ? [plain('missing')] : changes };
}

function plain(what: InputChange['what']): InputChange {
  return { what, from: null, to: null };
}

/** Empty exactly when both have the same input digest. */
export function inputChanges(
  last: RecordedInputs,
  current: RecordedInputs,
): readonly InputChange[] {
  if (last.inputDigest === current.inputDigest) return [];
  const dockerfile = difference('dockerfile', last.dockerfile, current.dockerfile);
  const changes = [
    ...contextChange(last, current),
    ...dockerfile,
    ...argumentChanges(last, current, dockerfile.length > 0),
    ...baseChanges(last.bases, current.bases),
    ...builderChange(last, current),
    ...difference('settings', last.settings, current.settings),
  ];
  // Slipway itself pins or encodes otherwise than it did.
  return changes.length > 0
    ? changes
    : difference('settings', last.inputDigest, current.inputDigest);
}

/** A new commit is a change only when it changed the context. */
function contextChange(last: RecordedInputs, current: RecordedInputs): readonly InputChange[] {
  if (last.context === current.context) return [];
  return last.commit === current.commit
    ? difference('settings', last.context, current.context, 'context')
    : difference('commit', last.commit, current.commit);
}

/** Template arguments count where they changed the Dockerfile. */
function argumentChanges(
  last: RecordedInputs,
  current: RecordedInputs,
  dockerfileChanged: boolean,
): readonly InputChange[] {
  const changes = keyed('arguments', last.arguments, current.arguments);
  return listed(
    dockerfileChanged
      ? changes
      : changes.filter(({ name }) => name?.startsWith(templateArgumentPrefix) !== true),
  );
}

function baseChanges(
  last: readonly PinnedImage[],
  current: readonly PinnedImage[],
): readonly InputChange[] {
  return listed(keyed('base image', byName(last), byName(current)));
}

/** The same builder pulled from elsewhere builds the same. */
function builderChange(
  { builder: last }: RecordedInputs,
  { builder: current }: RecordedInputs,
): readonly InputChange[] {
  const isSame = last.name === current.name && digestOf(last.image) === digestOf(current.image);
  return isSame
    ? []
    : [{ what: 'builder', name: current.name, from: last.image, to: current.image }];
}

function digestOf(image: string): string {
  return image.replace(/^.*@/, '');
}

function byName(images: readonly PinnedImage[]): Readonly<Record<string, string>> {
  return Object.fromEntries(images.map(({ name, digest }) => [name, digest]));
}

function keyed(
  what: InputChange['what'],
  last: Readonly<Record<string, string>>,
  current: Readonly<Record<string, string>>,
): readonly InputChange[] {
  const [before, after] = [new Map(Object.entries(last)), new Map(Object.entries(current))];
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names.flatMap((name) =>
    difference(what, before.get(name) ?? null, after.get(name) ?? null, name),
  );
}

function difference(
  what: InputChange['what'],
  from: string | null,
  to: string | null,
  name?: string,
): readonly InputChange[] {
  if (from === to) return [];
  return [{ what, ...(name === undefined ? {} : { name }), from: clipped(from), to: clipped(to) }];
}

function clipped(text: string | null): string | null {
  return text === null || text.length <= maxText ? text : `${text.slice(0, maxText)}…`;
}

function listed(changes: readonly InputChange[]): readonly InputChange[] {
  const [first] = changes;
  if (first === undefined || changes.length <= maxListed) return changes;
  const rest = changes.length - maxListed;
  return [
    ...changes.slice(0, maxListed),
    { what: first.what, name: `${rest} more`, from: null, to: null },
  ];
}
