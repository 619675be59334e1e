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
  {
    pattern: /host key verification failed|no matching host key/i,
    type: 'SourceAuthDenied',
    advice:
      'the server’s host key is not among known_hosts of the Secret; if its operator confirms the new key, put it there (`ssh-keyscan HOST`)',
  },
  {
    pattern: /Load key "[^"]*": /,
    type: 'SourceAuthDenied',
    advice: 'ssh-privatekey of the Secret is no private key that OpenSSH can read',
  },
  {
    pattern: /too many authentication failures/i,
    type: 'SourceAuthDenied',
  },
  {
    pattern: /'lfs' is not a git command|git-lfs.*: (command )?not found/,
    type: 'SourceNotFound',
    advice:
      'the source asks for LFS files, and this worker has no git-lfs; install Debian’s package git-lfs beside the worker, or name its directory in SLIPWAY_GIT_PATH',
  },
  {
    pattern: /\bssh: (command )?not found|cannot run ssh:/,
    type: 'SourceNotFound',
    advice:
      'this worker has no ssh; install Debian’s package openssh-client beside the worker, or name its directory in SLIPWAY_GIT_PATH',
  },
  {
    pattern: /No user exists for uid/,
    type: 'SourceAuthDenied',
    advice: 'ssh needs an entry in /etc/passwd for the user that the worker runs as',
  },
  { pattern: /Object does not exist|Repository or object not found/, type: 'SourceNotFound' },
  {
    pattern: /Authorization error|LFS: Client error.*40[13]/i,
    type: 'SourceAuthDenied',
  },
  {
    pattern:
      /proxy CONNECT|from proxy after CONNECT|CONNECT tunnel failed|resolve proxy|proxyconnect/i,
    type: 'SourceUnavailable',
    advice: 'the request goes through SLIPWAY_HTTPS_PROXY; SLIPWAY_NO_PROXY excepts hosts from it',
  },
  {
    pattern: /No space left on device/,
    type: 'SourceUnavailable',
    advice: 'SLIPWAY_WORK_DIRECTORY of the worker is full',
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

/** What only hides the error in a message: progress, and ssh's advice about files of ours. */
const noise = [
  /^remote: (Enumerating|Counting|Compressing|Total)/,
  /^(remote: )?[A-Z][\w ]+:\s+\d+% \(\d+\/\d+\)/,
  /^(fetch: Fetching reference|Errors logged to|Use `git lfs logs)/,
  /^(@|Add correct host key in|Offending .* key in|remove with:|ssh-keygen -f)/,
];

function withoutProgress(text: string): string {
  return (
    text
      .split(/\r?\n/)
      // Progress lines overwrite each other on a terminal.
      .map((line) => line.split('\r').at(-1)?.trim() ?? '')
      .filter((line) => line !== '' && !noise.some((pattern) => pattern.test(line)))
      .join('; ')
  );
}
