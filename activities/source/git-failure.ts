import { ApplicationFailure } from '@temporalio/common';
import { failure, type FailureType } from '../../workflows/contract/failures.ts';
import { redact } from '../support/redact.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly type: FailureType;
  /** What to do, where the failure type's hint does not say it. */
  readonly advice?: string;
}

/** What git (2.30 to 2.51, English) writes; the first match wins, so the telling lines come first. */
const rules: readonly Rule[] = [
  {
    pattern: /detected dubious ownership/i,
    type: 'SourceAuthDenied',
    advice: 'the repository belongs to another user than the worker runs as; give it to that user',
  },
  {
    // Before the broken answer that follows from it: the server lacks objects, and will next time.
    pattern: /possible repository corruption on the remote side/,
    type: 'SourceNotFound',
    advice: 'the repository itself lacks objects; `git fsck` there names them',
  },
  { pattern: /not our ref|unadvertised object|couldn't find remote ref/i, type: 'SourceNotFound' },
  {
    pattern: /authentication failed|could not read (username|password)|terminal prompts disabled/i,
    type: 'SourceAuthDenied',
  },
  {
    pattern: /returned error: 40[13]\b|HTTP 40[13]\b|permission denied/i,
    type: 'SourceAuthDenied',
  },
  {
    pattern: /returned error: (404|410)\b|repository '.*' not found|repository not found/i,
    type: 'SourceNotFound',
  },
  {
    pattern: /does not appear to be a git repository|not a git repository/i,
    type: 'SourceNotFound',
  },
  { pattern: /not valid: is this a git repository/i, type: 'SourceNotFound' },
  { pattern: /transport '.*' not allowed|unsupported protocol/i, type: 'SourceNotFound' },
  {
    pattern: /certificate|SSL|TLS/,
    type: 'SourceUnavailable',
    advice: 'add the server’s CA to SLIPWAY_CA_BUNDLE',
  },
];

/** git's last words are at the end; the message of a failure stays readable. */
const maxTextLength = 1500;

/**
 * Makes a failure of what a git command rejected with: `SourceNotFound`, `SourceAuthDenied`, or
 * `SourceUnavailable` for everything that may pass (network, time-out, a broken answer).
 *
 * @param what what was tried, e.g. `fetching commit … of https://…`
 */
export function classifyGitError(what: string, error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const raw = error instanceof Error ? error.message : String(error);
  const text = redact(withoutProgress(raw)).slice(-maxTextLength);
  const rule = rules.find(({ pattern }) => pattern.test(text));
  const advice = rule?.advice === undefined ? '' : ` (${rule.advice})`;
  return failure(rule?.type ?? 'SourceUnavailable', `${redact(what)}: ${text}${advice}`);
}

/** Progress lines overwrite each other on a terminal; in a message they only hide the error. */
function withoutProgress(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\r').at(-1)?.trim() ?? '')
    .filter(
      (line) => line !== '' && !/^remote: (Enumerating|Counting|Compressing|Total)/.test(line),
    )
    .join('; ');
}
