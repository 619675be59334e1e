import type { Attempt, BuildResult, ContainerFailure } from '../../workflows/contract/build.ts';
import { oneLine, plainText, withoutReturns } from './foreign-text.ts';
import type { Painter } from './format.ts';

interface Failed {
  readonly names: readonly string[];
  readonly failure: ContainerFailure;
  readonly attempts: readonly Attempt[];
}

/** Lines of a builder's log that are shown with its failure. */
const shownLogLines = 15;

/**
 * Every failure of a build: what was seen, each attempt, the log's last lines, what to do.
 *
 * @param ofBuild what the build as a whole failed of; shown when no container says it
 */
export function failureLines(
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
    ...failureBlock(names, failure, paint, attempts),
  ]);
}

/** One failure and those that it happened to. */
export function failureBlock(
  names: readonly string[],
  failure: ContainerFailure,
  paint: Painter,
  attempts: readonly Attempt[] = [],
): readonly string[] {
  return [
    paint('red', `${names.join(', ')}: ${failure.type}`),
    `  ${plainText(failure.message)}`,
    // Of a single one that decided it the message has said it all.
    ...(attempts.length === 1 && attempts[0]?.decision === 'fail'
      ? []
      : attempts.map((attempt) => `  ${attemptSentence(attempt)}`)),
    ...(failure.log === null ? [] : logLines(failure.log)),
    `  ${paint('bold', 'What to do:')} ${failure.hint}`,
  ];
}

/** What the attempts met that were tried again: a person may want to mend it. */
export function earlierAttempts(attempts: readonly Attempt[]): readonly string[] {
  return attempts.filter(({ decision }) => decision === 'retry').map(attemptSentence);
}

/** "attempt 0 (Pod bld-…): ran out of memory at 512Mi in `RUN npm ci`; attempt 1 has 1Gi" */
function attemptSentence(attempt: Attempt): string {
  const { generation, pod, reason, outcome } = attempt;
  return oneLine(`attempt ${generation} (Pod ${pod}): ${reason ?? outcome}; ${followUp(attempt)}`);
}

function followUp({ decision, next, generation }: Attempt): string {
  switch (decision) {
    case 'retry':
      return next ?? `attempt ${generation + 1} follows`;
    case 'fail':
      return 'no further attempt';
    case 'cancel':
      return 'the build was cancelled';
    case 'done':
      return 'done';
  }
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

/** The lines that matter: from the instruction that was at work on, and no more than fit. */
function logLines(log: string): readonly string[] {
  const lines = log
    .trimEnd()
    .split('\n')
    .slice(-shownLogLines)
    .map((line) => plainText(withoutReturns(line)));
  const instruction = lines.findLastIndex((line) => instructionStart.test(line));
  return lines.slice(Math.max(0, instruction)).map((line) => `    | ${line}`);
}

/** As Buildah and Kaniko announce an instruction. */
const instructionStart = /^STEP \d+\/\d+: |(?:msg="|\] |"msg":")(?:ADD|COPY|RUN|USER|WORKDIR) /;
