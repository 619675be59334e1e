import type { BuildSnapshot } from '../../client/get.ts';
import { attemptsOf, type AttemptChoice, type Attempts } from '../../client/logs/attempts.ts';
import type { ContainerResult } from '../../workflows/contract/build.ts';

/** Why nothing was printed of a container, or of one of its attempts. */
export interface MissingLog {
  readonly kind: 'no Pod' | 'no such attempt' | 'no log';
  readonly text: string;
}

/** Milliseconds: buckets count the age of their objects in days. */
const day = 86_400_000;

/**
 * @param paths `<component>/<container>` of what was asked for
 * @param printed what was printed, as `<component>/<container>#<attempt>`
 * @param now milliseconds since the epoch
 */
export function missingLogs(
  build: BuildSnapshot,
  paths: readonly string[],
  choice: AttemptChoice,
  printed: ReadonlySet<string>,
  now: number,
): readonly MissingLog[] {
  return asked(build, paths).flatMap(
    ({ path, container, attempts, known }): readonly MissingLog[] => {
      const { status } = container;
      if (known.length === 0) {
        const text = attempts.isLast ? 'no Pod ran' : 'no Pod has run yet';
        return [{ kind: 'no Pod', text: `${path}: ${status}, ${text}` }];
      }
      if (typeof choice === 'number' && !known.includes(choice))
        return [{ kind: 'no such attempt', text: attemptsText(path, known, attempts) }];
      const wanted = choice === 'all' ? known : choice === 'last' ? known.slice(-1) : [choice];
      return wanted
        .filter((generation) => !printed.has(`${path}#${generation}`))
        .map((generation) => ({
          kind: 'no log',
          text: `${path}: attempt ${generation} ${withoutLog(container, generation, now)}`,
        }));
    },
  );
}

/** What somebody who follows one attempt waits for: of a container that may have it later. */
export function awaitedAttempts(
  build: BuildSnapshot,
  paths: readonly string[],
  choice: AttemptChoice,
): readonly string[] {
  if (typeof choice !== 'number') return [];
  return asked(build, paths)
    .filter(({ known, attempts }) => !known.includes(choice) && !attempts.isLast)
    .map(({ path, known, attempts }) => {
      return `${attemptsText(path, known, attempts)}; waiting for attempt ${choice}`;
    });
}

function asked(build: BuildSnapshot, paths: readonly string[]) {
  return build.result.components.flatMap(({ name, containers }) =>
    containers
      .map((container) => {
        const attempts = attemptsOf(build, name, container);
        const { ended, live } = attempts;
        const known = live === null ? ended : [...ended, live];
        return { path: `${name}/${container.name}`, container, attempts, known };
      })
      .filter(({ path }) => paths.includes(path)),
  );
}

/** `api/server has attempts 0–1 so far` */
function attemptsText(path: string, known: readonly number[], { isLast }: Attempts): string {
  return `${path} has ${numbers(known)}${isLast ? '' : ' so far'}`;
}

function numbers(known: readonly number[]): string {
  const [first, last] = [known.at(0), known.at(-1)];
  if (first === undefined || last === undefined) return 'no attempt';
  if (known.length === 1) return `attempt ${first}`;
  const isWhole = last - first === known.length - 1;
  return `attempts ${isWhole ? `${first}–${last}` : known.join(', ')}`;
}

function withoutLog({ attempts }: ContainerResult, generation: number, now: number): string {
  const attempt = attempts.find((one) => one.generation === generation);
  if (attempt === undefined) return 'has printed nothing yet';
  const isOld = now - Date.parse(attempt.finishedAt) > day;
  return isOld ? 'ran, and its log has expired' : 'printed nothing';
}
