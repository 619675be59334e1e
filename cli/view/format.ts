import { styleText } from 'node:util';
import type {
  Attempt,
  BuildResult,
  BuildStatus,
  ContainerFailure,
  ContainerStatus,
} from '../../workflows/contract/build.ts';
import type { ContainerView } from './containers.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours where the stream shows them; NO_COLOR and FORCE_COLOR are honoured by `styleText`. */
export interface Painter {
  (style: Style, text: string): string;
}

export function painter(stream: NodeJS.WriteStream): Painter {
  return (style, text) => styleText(style, text, { stream });
}

const styles: Readonly<Record<ContainerStatus | BuildStatus, Style>> = {
  queued: 'gray',
  running: 'cyan',
  parked: 'yellow',
  built: 'green',
  unchanged: 'green',
  existing: 'green',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  skipped: 'gray',
};

/** One line for one container; what it does is cut where the line would exceed `width` columns. */
export function containerLine(
  view: ContainerView,
  nameWidth: number,
  width: number,
  paint: Painter,
): string {
  const name = view.name.padEnd(nameWidth);
  const status = view.status.padEnd('unchanged'.length);
  const room = Math.max(0, width - nameWidth - status.length - 6);
  return `  ${name}  ${paint(styles[view.status], status)}  ${cut(view.activity, room)}`.trimEnd();
}

function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  return room === 0 ? '' : `${text.slice(0, room - 1)}…`;
}

export function seconds(milliseconds: number): string {
  // Rounded first: 59.96 s is a minute, and no minute has 60 s.
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * What a person needs when the build has ended: images, packages, failures with their hints.
 *
 * @param failure what the build as a whole failed of; shown when no container says it
 */
export function summary(
  result: BuildResult,
  failure: ContainerFailure | null,
  paint: Painter,
): string {
  const version = result.version === null ? '' : ` ${result.version}`;
  return [
    `${paint('bold', `${result.application}${version}`)} ${paint(styles[result.status], result.status)}`,
    ...result.components.flatMap((component) => [
      ...component.containers
        .filter(({ image }) => image !== null)
        .map(({ image, status }) => `  ${paint(styles[status], status.padEnd(9))}  ${image}`),
      ...(component.package === null ? [] : [`  package    ${component.package.object}`]),
    ]),
    ...(result.package === null
      ? []
      : [`  package    ${result.package.object}`, `             sha256:${result.package.sha256}`]),
    ...failures(result, failure, paint),
  ].join('\n');
}

interface Failed {
  readonly names: readonly string[];
  readonly failure: ContainerFailure;
  readonly attempts: readonly Attempt[];
}

function failures(
  result: BuildResult,
  ofBuild: ContainerFailure | null,
  paint: Painter,
): readonly string[] {
  const failed = result.components.flatMap((component) =>
    component.containers.flatMap(({ name, attempts, failure }): readonly Failed[] =>
      failure === null ? [] : [{ names: [`${component.name}/${name}`], failure, attempts }],
    ),
  );
  const shown =
    failed.length === 0 && ofBuild !== null
      ? [{ names: [result.application], failure: ofBuild, attempts: [] }]
      : withoutRepetition(failed);
  return shown.flatMap(({ names, failure, attempts }) => [
    '',
    `${paint('red', `${names.join(', ')}: ${failure.type}`)}`,
    `  ${failure.message}`,
    ...attempts.map(
      (attempt) =>
        `  attempt ${attempt.generation} (${attempt.pod}): ${attempt.reason ?? attempt.outcome} → ${attempt.decision}`,
    ),
    ...(failure.log === null ? [] : indent(lastLines(failure.log, 15))),
    `  ${paint('bold', 'What to do:')} ${failure.hint}`,
  ]);
}

/** What failed of the same thing before any attempt, a missing source for example, is told once. */
function withoutRepetition(failed: readonly Failed[]): readonly Failed[] {
  const groups = Map.groupBy(failed, ({ names, failure, attempts }) =>
    attempts.length > 0 ? names.join() : `${failure.type}\n${failure.message}`,
  );
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, names: [...first.names, ...others.flatMap(({ names }) => names)] }],
  );
}

function lastLines(text: string, count: number): readonly string[] {
  return text.trimEnd().split('\n').slice(-count);
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `    | ${line}`);
}
