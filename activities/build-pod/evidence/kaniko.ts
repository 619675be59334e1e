import { pullRules, pushRules } from './registry-rules.ts';
import { firstVerdict, pattern, stage, type Rule, type Verdict } from './verdict.ts';

/**
 * Kaniko 1.24 to 1.28. Exit codes carry no class (a failing RUN passes its own on), so the class
 * is in the builder's last words. Rows from the top; the first match wins.
 */
export const kanikoRules: readonly Rule<string>[] = [
  (log) => matching(log, /kaniko should only be run inside of a container/, 'BuilderFault'),
  outOfMemory,
  (log) => stage(lastWords(log), /error checking push permissions/, pushRules, 'PushDenied'),
  (log) => stage(lastWords(log), /error pushing image/, pushRules, 'RegistryUnavailable'),
  (log) =>
    stage(
      lastWords(log),
      /failed to get baseImage|failed to get filesystem from image|retrieving image|GET https?:\/\/\S+\/manifests\//,
      // A file that cannot be written speaks of permission as well: before the registry's rows.
      [...unpackRules, ...pullRules],
      null,
    ),
  (log) => firstVerdict(unpackRules, lastWords(log)),
  (log) => command(log),
  (log) => firstVerdict(otherRules, lastWords(log)),
];

const unpackRules: readonly Rule<string>[] = [
  pattern('DiskFull', /no space left on device/i),
  pattern(
    'UnpackConflict',
    /device or resource busy|chown .*: operation not permitted|\b(?:chmod|link|mkdir|mknod|open|symlink|unlinkat) \/\S*: permission denied/,
  ),
];

const otherRules: readonly Rule<string>[] = [
  pattern(
    'DockerfileInvalid',
    /parsing dockerfile|dockerfile parse error|is not a valid target build stage|refers to a stage that does not exist|failed to get files used from context|error resolving dockerfile path|please provide a valid path to a Dockerfile|failed to optimize instructions|no source files/i,
  ),
  pattern('SnapshotTimeout', /Timed out snapshotting FS/),
  pattern(
    'BuilderFault',
    /Assertion violated|Unreachable Code:|^panic:|goroutine \d+ \[running\]/m,
  ),
];

/** A kill that a RUN survived is none of what the build failed of afterwards. */
function outOfMemory(log: string): Verdict | null {
  const words = lastWords(log);
  if (!/^$|^fatal error: |failed to execute command/.test(words)) return null;
  // Only what was printed last; the trace below Go's own words is longer than that.
  const end = `${words}\n${log.slice(-2_048)}`;
  if (!/^fatal error: runtime: out of memory|^Killed$/m.test(end)) return null;
  return { failureType: 'OutOfMemory', reason: 'ran out of memory' };
}

function command(log: string): Verdict | null {
  const words = lastWords(log);
  const error = /failed to execute command: (.*)/.exec(words)?.[1];
  if (error === undefined) return null;
  const instruction = lastKanikoInstruction(log);
  const cause = /^(?:waiting for process to exit|starting command): (.*)/.exec(error)?.[1];
  if (cause === undefined) return notRun(error, instruction);
  const name = instruction === null ? 'a RUN instruction' : `\`${instruction}\``;
  const code = /exit status (\d+)/.exec(words)?.[1];
  // Only what the command printed last: an earlier line may quote the words harmlessly.
  if (/no space left on device/i.test(log.slice(-2_048))) {
    return { failureType: 'DiskFull', reason: `${name} ran out of disk space` };
  }
  if (/signal: killed/.test(words) || code === '137') {
    return { failureType: 'OutOfMemory', reason: 'most likely ran out of memory' };
  }
  return {
    failureType: 'BuildCommandFailed',
    reason: code === undefined ? `${name} failed: ${cause}` : `${name} exited with ${code}`,
  };
}

/** COPY, ADD, WORKDIR and the like are executed as well, without a process. */
function notRun(error: string, instruction: string | null): Verdict {
  const reason = instruction === null ? error : `\`${instruction}\`: ${error}`;
  const download =
    /downloading remote source file: .*(?:dial tcp|EOF|timeout|connection re(?:set|fused)|\b5\d\d\b)/;
  return { failureType: download.test(error) ? 'ContextUnavailable' : 'DockerfileInvalid', reason };
}

function matching(
  log: string,
  expression: RegExp,
  failureType: Verdict['failureType'],
): Verdict | null {
  const line = log.split('\n').find((text) => expression.test(text));
  return line === undefined ? null : { failureType, reason: line.trim() };
}

/** The log without the description of all flags that Cobra prints after an error of the start. */
export function withoutUsage(log: string): string {
  const lines = log.split('\n');
  const end = lines.findLastIndex(isFinal);
  const hasUsage = lines[end]?.startsWith('Error: ') === true && lines[end + 1] === 'Usage:';
  return hasUsage ? `${lines.slice(0, end + 1).join('\n')}\n` : log;
}

/**
 * The builder's final error line, and what follows it: plain text even where the log is JSON.
 * Cobra prints `Error: …` and the usage; a fatal log line counts as well.
 */
function lastWords(log: string): string {
  const lines = withoutUsage(log).trimEnd().split('\n');
  const last = lines.findLastIndex(isFinal);
  if (last === -1) return '';
  // The panic that follows a log line of that level prints an address where the words should be.
  const isLogged = lines[last]?.startsWith('panic: ') && /level=panic/.test(lines[last - 1] ?? '');
  const start = isLogged === true ? last - 1 : last;
  return lines
    .slice(start, start + 5)
    .map(message)
    .join('\n')
    .trim();
}

function isFinal(line: string): boolean {
  return /^(?:error (?:building image|pushing image|checking push|resolving|changing)|Error: |panic: |fatal error: )|level=fatal|"level":"fatal"|^FATA/.test(
    line,
  );
}

/** What a line of the log says, without its time and level. */
function message(line: string): string {
  const quoted = /^time="[^"]*" level=\w+ msg="((?:\\.|[^"\\])*)"/.exec(line)?.[1];
  return quoted === undefined ? line : quoted.replaceAll('\\"', '"');
}

/** The instruction as the log announced it: the last one before the end. */
export function lastKanikoInstruction(log: string): string | null {
  const all = [
    ...log.matchAll(/(?:msg="|\] |"msg":")((?:ADD|COPY|RUN|USER|WORKDIR) (?:\\.|[^"\n])*)/g),
  ];
  return all.at(-1)?.[1]?.replaceAll('\\"', '"').trim() ?? null;
}
