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
