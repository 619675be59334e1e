import { pullRules, pushRules } from './registry-rules.ts';
import { firstVerdict, pattern, type Rule, type Verdict } from './verdict.ts';

/**
 * Kaniko 1.24 to 1.28. Exit codes carry no class (a failing RUN passes its own on), so the class
 * is in the builder's last words. Rows from the top; the first match wins.
 */
export const kanikoRules: readonly Rule<string>[] = [
  (log) => matching(log, /kaniko should only be run inside of a container/, 'BuilderFault'),
  (log) => (/fatal error: runtime: out of memory|^Killed$/m.test(log) ? outOfMemory : null),
  (log) => context(lastWords(log)),
  (log) => stage(log, /error checking push permissions/, pushRules, 'PushDenied'),
  (log) => stage(log, /error pushing image/, pushRules, 'RegistryUnavailable'),
  (log) =>
    stage(
      log,
      /failed to get baseImage|failed to get filesystem from image|retrieving image|GET https?:\/\/\S+\/manifests\//,
      [...pullRules, ...unpackRules],
      null,
    ),
  (log) => firstVerdict(unpackRules, lastWords(log)),
  (log) => command(log),
  (log) => firstVerdict(otherRules, lastWords(log)),
];

const outOfMemory: Verdict = {
  failureType: 'OutOfMemory',
  reason: 'the builder ran out of memory',
};

const unpackRules: readonly Rule<string>[] = [
  pattern('DiskFull', /no space left on device/i),
  pattern('UnpackConflict', /device or resource busy|chown .*: operation not permitted/),
];

const otherRules: readonly Rule<string>[] = [
  pattern(
    'DockerfileInvalid',
    /parsing dockerfile|dockerfile parse error|is not a valid target build stage|refers to a stage that does not exist|failed to get files used from context|error resolving dockerfile path|please provide a valid path to a Dockerfile|failed to optimize instructions|no source files/i,
  ),
  pattern('SnapshotTimeout', /Timed out snapshotting FS/),
  pattern('BuilderFault', /Assertion violated|^panic:|goroutine \d+ \[running\]/m),
];

function context(words: string): Verdict | null {
  if (!/error resolving source context|HTTPSTar|getting source context/i.test(words)) return null;
  // An expired or mistyped signature is 403, an object that is gone 404.
  const expired = /\b40[03]\b|NoSuchKey|\b404\b/.test(words);
  return { failureType: expired ? 'ContextExpired' : 'ContextUnavailable', reason: words };
}

/** Applies the rules to the last words when these speak of the stage. */
function stage(
  log: string,
  of: RegExp,
  rules: readonly Rule<string>[],
  otherwise: Verdict['failureType'] | null,
): Verdict | null {
  const words = lastWords(log);
  if (!of.test(words)) return null;
  const verdict = firstVerdict(rules, words);
  if (verdict !== null) return verdict;
  return otherwise === null ? null : { failureType: otherwise, reason: words };
}

function command(log: string): Verdict | null {
  const words = lastWords(log);
  const match =
    /failed to execute command: (?:waiting for process to exit: |starting command: )?(.*)/.exec(
      words,
    );
  if (match === null) return null;
  const instruction = lastInstruction(log);
  const name = instruction === null ? 'a RUN instruction' : `\`${instruction}\``;
  const code = /exit status (\d+)/.exec(words)?.[1];
  // Only what the command printed last: an earlier line may quote the words harmlessly.
  if (/no space left on device/i.test(log.slice(-2_048))) {
    return { failureType: 'DiskFull', reason: `${name} ran out of disk space` };
  }
  if (/signal: killed/.test(words) || code === '137') {
    return { failureType: 'OutOfMemory', reason: `${name} was killed: most likely out of memory` };
  }
  return {
    failureType: 'BuildCommandFailed',
    reason: code === undefined ? `${name} failed: ${match[1]}` : `${name} exited with ${code}`,
  };
}

function matching(
  log: string,
  expression: RegExp,
  failureType: Verdict['failureType'],
): Verdict | null {
  const line = log.split('\n').find((text) => expression.test(text));
  return line === undefined ? null : { failureType, reason: line.trim() };
}

/**
 * The builder's final error line, and what follows it: plain text even where the log is JSON.
 * Cobra prints `Error: …` and the usage; a fatal log line counts as well.
 */
function lastWords(log: string): string {
  const lines = log.trimEnd().split('\n');
  const start = lines.findLastIndex((line) =>
    /^(error |Error: |panic: |fatal error: )|level=fatal|"level":"fatal"|^FATA/.test(line),
  );
  return start === -1
    ? ''
    : lines
        .slice(start, start + 5)
        .join('\n')
        .trim();
}

/** `RUN …` as the log announced it: the last one before the end. */
function lastInstruction(log: string): string | null {
  const all = [...log.matchAll(/(?:msg="|\] |"msg":")(RUN (?:\\.|[^"\n])*)/g)];
  return all.at(-1)?.[1]?.replaceAll('\\"', '"').trim() ?? null;
}
