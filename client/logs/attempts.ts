import type { ContainerResult } from '../../workflows/contract/build.ts';
import type { BuildSnapshot } from '../get.ts';
import type { Position } from './cursor.ts';

/** The attempts of one container, as far as a snapshot knows them. */
export interface Attempts {
  /** Ascending. */
  readonly ended: readonly number[];
  readonly live: number | null;
  /** No attempt follows. */
  readonly isLast: boolean;
}

/** Which attempts are to be read. */
export type AttemptChoice = number | 'last' | 'all';

/** What is to be read of a container's log next. */
export type Step =
  | { readonly kind: 'ended' | 'live'; readonly generation: number }
  /** There may be more later. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

const open: readonly ContainerResult['status'][] = ['queued', 'running', 'parked'];

export function attemptsOf(
  { running, closed }: Pick<BuildSnapshot, 'running' | 'closed'>,
  component: string,
  container: ContainerResult,
): Attempts {
  const progress = running.get(`${component}/${container.name}`);
  const ended = container.attempts.map(({ generation }) => generation).toSorted((a, b) => a - b);
  const isLive =
    progress !== undefined && progress.pod !== null && !ended.includes(progress.generation);
  return {
    ended,
    live: isLive ? progress.generation : null,
    isLast: closed || !open.includes(container.status),
  };
}

/**
 * The next step of a container's log.
 *
 * @param position null before anything has been read
 * @param isComplete whether the position's attempt has been read to its end
 */
export function nextStep(
  { ended, live, isLast }: Attempts,
  choice: AttemptChoice,
  position: Position | null,
  isComplete: boolean,
): Step {
  const known = live === null ? ended : [...ended, live];
  const generation = wanted(known, choice, position, isComplete);
  if (generation === null) return { kind: 'done' };
  if (generation === live) return { kind: 'live', generation };
  if (ended.includes(generation)) return { kind: 'ended', generation };
  return { kind: isLast ? 'done' : 'wait' };
}

/** The number of the attempt to read, be it known or not; null: none. */
function wanted(
  known: readonly number[],
  choice: AttemptChoice,
  position: Position | null,
  isComplete: boolean,
): number | null {
  if (typeof choice === 'number')
    return isComplete && position?.generation === choice ? null : choice;
  if (position === null) return (choice === 'last' ? known.at(-1) : known[0]) ?? 0;
  if (!isComplete) return position.generation;
  return known.find((generation) => generation > position.generation) ?? position.generation + 1;
}
