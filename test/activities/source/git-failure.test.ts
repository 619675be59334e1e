import { describe, expect, test } from 'vitest';
import { classifyGitError } from '../../../activities/source/git-failure.ts';
import { failure } from '../../../workflows/contract/failures.ts';

describe('classifyGitError', () => {
  // Texts as git 2.39 writes them.
  test.each([
    [
      "fatal: '/srv/a.git' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
      'SourceNotFound',
    ],
    ["fatal: repository 'https://git.example.com/a.git/' not found", 'SourceNotFound'],
    [
      'remote: aborting due to possible repository corruption on the remote side.\nfatal: protocol error: bad pack header',
      'SourceNotFound',
    ],
    [
      'fatal: remote error: upload-pack: not our ref 0123456789abcdef0123456789abcdef01234567',
      'SourceNotFound',
    ],
    ['error: Server does not allow request for unadvertised object 0123', 'SourceNotFound'],
    ["fatal: couldn't find remote ref refs/heads/x", 'SourceNotFound'],
    ["fatal: transport 'http' not allowed", 'SourceNotFound'],
    [
      "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
      'SourceAuthDenied',
    ],
    ["fatal: Authentication failed for 'https://git.example.com/a.git/'", 'SourceAuthDenied'],
    [
      "fatal: unable to access 'https://git.example.com/a.git/': The requested URL returned error: 403",
      'SourceAuthDenied',
    ],
    [
      "fatal: detected dubious ownership in repository at '/srv/a'\nTo add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /srv/a",
      'SourceAuthDenied',
    ],
    [
      "fatal: unable to access 'https://git.example.com/a.git/': The requested URL returned error: 502",
      'SourceUnavailable',
    ],
    [
      "fatal: unable to access 'https://git.example.com/': Could not resolve host: git.example.com",
      'SourceUnavailable',
    ],
    [
      "fatal: unable to access 'https://git.example.com/': server certificate verification failed. CAfile: none CRLfile: none",
      'SourceUnavailable',
    ],
    [
      'fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF',
      'SourceUnavailable',
    ],
    ['block timeout reached', 'SourceUnavailable'],
    ['git was killed and said nothing', 'SourceUnavailable'],
    ['fatal: write error: No space left on device', 'SourceUnavailable'],
    // OpenSSH 9.2, which ends its lines as terminals do.
    [
      'git@git.example.com: Permission denied (publickey).\r\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.',
      'SourceAuthDenied',
    ],
    [
      'No ED25519 host key is known for [git.example.com]:22 and you have requested strict checking.\r\nHost key verification failed.\r\nfatal: Could not read from remote repository.',
      'SourceAuthDenied',
    ],
    [
      'Load key "/k/key": invalid format\r\ngit@h: Permission denied (publickey).\r\nfatal: Could not read',
      'SourceAuthDenied',
    ],
    [
      'ssh: connect to host git.example.com port 22: Connection refused\r\nfatal: Could not read from remote repository.',
      'SourceUnavailable',
    ],
    [
      'ssh: Could not resolve hostname git.example.com: Name or service not known\r\nfatal: Could not read from remote repository.',
      'SourceUnavailable',
    ],
    [
      'ERROR: Repository not found.\nfatal: Could not read from remote repository.',
      'SourceNotFound',
    ],
    [
      'No user exists for uid 45678\r\nfatal: Could not read from remote repository.',
      'SourceAuthDenied',
    ],
    ["ssh -F '/k/ssh_config': 1: ssh: not found\nfatal: Could not read from", 'SourceNotFound'],
    // git-lfs 3.3
    [
      '[91f0] Object does not exist: [404] Object does not exist\nerror: failed to fetch some objects from …',
      'SourceNotFound',
    ],
    [
      'batch response: Authorization error: https://h/a/info/lfs/objects/batch\nCheck that you have proper access to the repository',
      'SourceAuthDenied',
    ],
    ["git: 'lfs' is not a git command. See 'git --help'.", 'SourceNotFound'],
    // curl 7.88
    [
      "fatal: unable to access 'https://h/a/': CONNECT tunnel failed, response 403",
      'SourceUnavailable',
    ],
    [
      "fatal: unable to access 'https://h/a/': Received HTTP code 407 from proxy after CONNECT",
      'SourceUnavailable',
    ],
  ])('%j is %s', (text, type) => {
    const problem = classifyGitError('fetching', new Error(text));
    expect(problem.type).toBe(type);
    expect(problem.nonRetryable).toBe(type !== 'SourceUnavailable');
    expect(problem.message).toContain('fetching: ');
  });

  test('says what to do about ownership and certificates', () => {
    const owner = classifyGitError(
      'x',
      new Error('fatal: detected dubious ownership in repository'),
    );
    expect(owner.message).toContain('give it to that user');
    const certificate = classifyGitError('x', new Error('SSL certificate problem: self-signed'));
    expect(certificate.message).toContain('SLIPWAY_CA_BUNDLE');
  });

  test.each([
    ["git: 'lfs' is not a git command", 'install Debian’s package git-lfs'],
    ['Host key verification failed.', 'known_hosts of the Secret'],
    ['sh: 1: ssh: not found', 'install Debian’s package openssh-client'],
    ['No user exists for uid 45678', '/etc/passwd'],
    ['CONNECT tunnel failed, response 502', 'SLIPWAY_HTTPS_PROXY'],
    ['fatal: write error: No space left on device', 'SLIPWAY_WORK_DIRECTORY'],
  ])('says what to do about %s', (text, advice) => {
    expect(classifyGitError('x', new Error(text)).message).toContain(advice);
  });

  test('leaves out what ssh advises about files that are gone by then', () => {
    const text =
      '@@@@@@@\r\nThe fingerprint is SHA256:abc\r\nAdd correct host key in /w/known_hosts to get rid of this message.\r\nOffending ED25519 key in /w/known_hosts:1\r\n  remove with:\r\n  ssh-keygen -f "/w/known_hosts" -R "h"\r\nHost key verification failed.\r\n';
    const { message } = classifyGitError('x', new Error(text));
    expect(message).not.toMatch(/\/w\/|@@|remove with/);
    expect(message).toContain('x: The fingerprint is SHA256:abc; Host key verification failed.');
  });

  test('repeats no credential, neither in the message nor as its cause', () => {
    const text = "fatal: unable to access 'https://me:hunter2@git.example.com/a.git/': no";
    const problem = classifyGitError('fetching https://token@git.example.com/a', new Error(text));
    expect(JSON.stringify([problem, problem.message, problem.stack, problem.cause])).not.toMatch(
      /hunter2|token@/,
    );
  });

  test('is short: progress is left out, and the end is what is kept', () => {
    const progress = Array.from({ length: 100 }, (_, n) => `Receiving objects: ${n}% (1/1)\r`);
    const text = `remote: Counting objects: 5, done.\n${progress.join('')}\nfatal: early EOF\n`;
    expect(classifyGitError('fetching', new Error(text)).message).toBe(
      'fetching: fatal: early EOF',
    );
    const long = classifyGitError('fetching', new Error(`${'x'.repeat(9000)} fatal: end`));
    expect(long.message.length).toBeLessThan(1600);
    expect(long.message).toMatch(/fatal: end$/);
  });

  test('leaves a failure that has its type already', () => {
    const known = failure('ContextRefused', 'known');
    expect(classifyGitError('fetching', known)).toBe(known);
  });
});
