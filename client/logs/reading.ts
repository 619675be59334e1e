import { LogNotFound } from '../errors.ts';
import type { BuildSnapshot } from '../get.ts';
import { attemptsOf, nextStep, type AttemptChoice, type Step } from './attempts.ts';
import type { Position } from './cursor.ts';

/** Which containers' logs are read. */
interface Selection {
  readonly component?: string;
  readonly container?: string;
}

/** How far a reading is, by `<component>/<container>`. */
export interface ReadingState {
  readonly positions: Map<string, Position>;
  /** No more comes of these. */
  readonly finished: Set<string>;
  /** The position's attempt has been read to its end. */
  readonly complete: Set<string>;
}

export interface Log {
  readonly component: string;
  readonly container: string;
  /** `<component>/<container>` */
  readonly path: string;
}

export function logsOf({ result }: BuildSnapshot): readonly Log[] {
  return result.components.flatMap(({ name, containers }) =>
    containers.map((one) => ({
      component: name,
      container: one.name,
      path: `${name}/${one.name}`,
    })),
  );
}

export function chosen(
  buildId: string,
  all: readonly Log[],
  { component, container }: Selection,
): readonly Log[] {
  const found = all.filter(
    (log) =>
      (component === undefined || log.component === component) &&
      (container === undefined || log.container === container),
  );
  if (found.length > 0) return found;
  const wanted = [component, container].filter((name) => name !== undefined).join('/');
  const there = all.map(({ path }) => path).join(', ');
  throw new LogNotFound(`${buildId} has no container ${wanted}; there are ${there}`);
}

/** What to read of a log next. */
export interface Reading {
  readonly log: Log;
  readonly step: Step;
  readonly position: Position;
  /** No attempt follows the position's. */
  readonly isLast: boolean;
}

/** What to read of each log next. Forgets that an attempt is complete when a later one is begun. */
export function stepsOf(
  build: BuildSnapshot,
  logs: readonly Log[],
  choice: AttemptChoice,
  state: ReadingState,
): readonly Reading[] {
  const { positions, finished, complete } = state;
  return logs.map((log) => {
    const container = build.result.components
      .find(({ name }) => name === log.component)
      ?.containers.find(({ name }) => name === log.container);
    if (container === undefined) throw new TypeError(`the build has lost ${log.path}`);
    const known = positions.get(log.path) ?? null;
    const attempts = attemptsOf(build, log.component, container);
    const step: Step = finished.has(log.path)
      ? { kind: 'done' }
      : nextStep(attempts, choice, known, complete.has(log.path));
    const generation = 'generation' in step ? step.generation : (known?.generation ?? 0);
    const isLast = attempts.isLast && attempts.ended.every((one) => one <= generation);
    // It was read to its end before anybody knew that no attempt follows.
    if (step.kind === 'done' && known !== null && isLast) finish(log, state);
    if (known?.generation === generation) return { log, step, position: known, isLast };
    if ('generation' in step) complete.delete(log.path);
    return { log, step, position: { generation, part: 0, bytes: 0 }, isLast };
  });
}

/** An attempt that has ended has been read; of one without a log nothing has moved the position. */
export function readToEnd({ log, position, isLast }: Reading, state: ReadingState): void {
  const { positions, complete } = state;
  complete.add(log.path);
  if (isLast) finish(log, state);
  else if (positions.get(log.path)?.generation !== position.generation)
    positions.set(log.path, position);
}

function finish({ path }: Log, { positions, finished }: ReadingState): void {
  finished.add(path);
  positions.delete(path);
}
