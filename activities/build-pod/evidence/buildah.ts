import { buildahCacheRule } from './cache.ts';
import { pullRules, pushRules } from './registry-rules.ts';
import { firstVerdict, pattern, stage, type Rule, type Verdict } from './verdict.ts';

/**
 * Buildah 1.28 to 1.39, texts taken from the program itself. What it detects ends in one line
 * `Error: …` with exit code 125; a failing RUN passes its own exit code on. Rows from the top; the
 * first match wins.
 */
export const buildahRules: readonly Rule<string>[] = [
  (log) => buildahCacheRule(lastError(log)),
  (log) => stage(lastError(log), /^Error: pushing image/, pushRules, 'RegistryUnavailable'),
  (log) =>
    stage(
      lastError(log),
      /initializing source|Trying to pull|reading (?:blob|manifest|config)|copying image|parsing image configuration/,
      pullRules,
      null,
    ),
  (log) => command(log),
  (log) => firstVerdict(otherRules, lastError(log)),
];

const otherRules: readonly Rule<string>[] = [
  pattern('DiskFull', /no space left on device/i),
  pattern(
    'UnpackConflict',
    /device or resource busy|lchown .*: (?:invalid argument|operation not permitted)|potentially insufficient UIDs or GIDs/,
  ),
  // Before the Dockerfile's rows: an ADD of a URL that does not answer is none of its author's.
  pattern('ContextUnavailable', /building at STEP "ADD https?:.*(?:dial tcp|EOF|timeout|50\d)/),
  pattern(
    'DockerfileInvalid',
    // A mount's source that is not there, or leads out of what it is in, among them.
    /no FROM statement found|Unknown instruction: |no contents in|resolving mountpoints for container|was not found in the provided Dockerfile|requires (?:at least|exactly|either) |only supports the |dockerfile parse error|FROM requires|copier: stat: |checking on sources under|no items matching glob|determining run uid|unable to find user|parsing main Dockerfile|error parsing/i,
  ),
  pattern(
    'BuilderFault',
    /^panic:|unshare|fork\/exec \/proc\/self\/exe|parsing PID|operation not permitted/m,
  ),
];

/** A command's failure is quoted as `Error: building at STEP "RUN …": exit status N`. */
function command(log: string): Verdict | null {
  const words = lastError(log);
  const match = /building at STEP "(RUN .*)": exit status (\d+)/s.exec(words);
  if (match === null) return null;
  const instruction = `\`${match[1]}\`${stepNumber(log)}`;
  const end = log.slice(-2_048);
  if (/no space left on device/i.test(end)) {
    return { failureType: 'DiskFull', reason: `${instruction} ran out of disk space` };
  }
  // The shell's end by a signal is reported as exit status 1.
  if (/^subprocess exited on killed/m.test(end) || match[2] === '137') {
    return { failureType: 'OutOfMemory', reason: 'most likely ran out of memory' };
  }
  return { failureType: 'BuildCommandFailed', reason: `${instruction} exited with ${match[2]}` };
}

function stepNumber(log: string): string {
  const step = [...log.matchAll(/^(?:\[\d+\/\d+\] )?STEP (\d+)\/\d+: RUN /gm)].at(-1)?.[1];
  return step === undefined ? '' : ` (step ${step})`;
}

/** The instruction that the log announced last; null before the first. */
export function lastBuildahInstruction(log: string): string | null {
  const announced = [...log.matchAll(/^(?:\[\d+\/\d+\] )?STEP \d+\/\d+: ([A-Z]+ .*)$/gm)];
  return announced.at(-1)?.[1]?.trim() ?? null;
}

/** From the last `Error: ` to the end: the quoted instruction may span lines. */
function lastError(log: string): string {
  const start = Math.max(log.lastIndexOf('\nError: ') + 1, log.startsWith('Error: ') ? 0 : -1);
  const found = log.slice(start).trim();
  return found.startsWith('Error: ') || found.startsWith('panic:') ? found : '';
}
