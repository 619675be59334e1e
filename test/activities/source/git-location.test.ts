import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gitLocation } from '../../../activities/source/git-location.ts';

describe('gitLocation', () => {
  test.each([
    ['https://Git.Example.com/a.git', 'https', 'https://git.example.com/a.git', 'git.example.com'],
    ['https://h:443/a', 'https', 'https://h/a', 'h'],
    ['https://h:8443/a', 'https', 'https://h:8443/a', 'h:8443'],
    ['ssh://git@h/a.git', 'ssh', 'ssh://git@h/a.git', 'h'],
    ['ssh://h/a.git', 'ssh', 'ssh://h/a.git', 'h'],
    ['ssh://git@H:22/a.git', 'ssh', 'ssh://git@H:22/a.git', 'h'],
    ['ssh://git@h:2222/~/a', 'ssh', 'ssh://git@h:2222/~/a', 'h:2222'],
    ['ssh://h/@-', 'ssh', 'ssh://h/@-', 'h'],
    ['ssh://git@[::1]:2222/a', 'ssh', 'ssh://git@[::1]:2222/a', '[::1]:2222'],
    ['git@Host.example:group/a.git', 'ssh', 'git@Host.example:group/a.git', 'host.example'],
    ['git@h:/srv/a.git', 'ssh', 'git@h:/srv/a.git', 'h'],
  ])('%s is fetched by %s', async (git, protocol, url, host) => {
    expect(await gitLocation(git, [])).toEqual({ protocol, url, host });
  });

  test.each([
    'http://h/a',
    'git://h/a',
    'ssh://-oProxyCommand=id/a',
    'ssh://-l@h/a',
    'ssh://h',
    'ssh://h/',
    'ssh://h/a?b',
    '-oProxyCommand=id@h:a',
    'ssh://git@-h/a',
    'git@-h:a',
    'git@h:-a',
    'git@h::a',
    'git@h:a b',
    'git@h:a\nb',
    'h:a',
    'ext::id',
    'git@ext::id',
    '/srv/a.git',
    '',
  ])('%j is not a source', async (git) => {
    await expect(gitLocation(git, ['/'])).rejects.toMatchObject({
      type: 'InvalidDefinition',
      nonRetryable: true,
    });
  });

  test.each(['https://hunter2@h/a', 'https://me:hunter2@h/a', 'ssh://git:hunter2@h/a'])(
    'a login in the URL is refused and not repeated: %s',
    async (git) => {
      await expect(gitLocation(git, [])).rejects.toMatchObject({
        type: 'InvalidDefinition',
        message: expect.not.stringContaining('hunter2'),
      });
    },
  );

  test.each([
    [[], 'none is set'],
    [['/srv/git', '/home'], '/srv/git, /home'],
  ])(
    'a directory outside the roots %j is told with what the worker could fetch',
    async (roots, allowed) => {
      await expect(gitLocation('file:///nonexistent/shop', roots)).rejects.toMatchObject({
        type: 'SourceNotFound',
        message: `the source file:///nonexistent/shop is not a directory under SLIPWAY_FILE_ROOTS (${allowed}): this worker reads no files there; \`source: { git: https://…, ref }\` names a repository that it can fetch`,
      });
    },
  );

  test('what it lets through is never an option, and has no second line', async () => {
    const part = fc.string({
      unit: fc.constantFrom(...'a-.@:/ \n~%$;\'"[]'.split('')),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('', 'ssh://', 'git@', 'https://', 'ssh://git@'),
        part,
        async (start, rest) => {
          const location = await gitLocation(start + rest, []).catch(() => null);
          if (location === null) return;
          // In a path `@-` is harmless: no host or user starts there.
          expect(location.url).not.toMatch(/^-|[\n ]|:\/\/([^/]*@)?-|^[^/:]*@-/);
          expect(location.host).toMatch(/^[^-\s/@][^\s/@]*$/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
