import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { gitLocation } from '../../activities/source/git-location.ts';
import { gitRef, gitTransport, gitUrl } from '../../definition/git-rules.ts';

// Property tests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('gitUrl', () => {
  it.each([
    ['https://e.com/x.git', 'https'],
    ['https://e.com:8443/a/b', 'https'],
    ['ssh://git@e.com/shop.git', 'ssh'],
    ['ssh://e.com/shop.git', 'ssh'],
    ['ssh://git@e.com:2222/srv/shop.git', 'ssh'],
    ['ssh://git@[::1]:22/shop.git', 'ssh'],
    ['ssh://git@e.com/~me/shop.git', 'ssh'],
    ['git@e.com:team/shop.git', 'ssh'],
    ['git@10.0.0.1:shop', 'ssh'],
    ['git@e.com:/srv/git/shop.git', 'ssh'],
    ['git@e.com:~me/shop.git', 'ssh'],
    ['file:///srv/git/x', 'file'],
  ])('takes %s, which is %s', (url, transport) => {
    expect(gitUrl.problem(url)).toBeNull();
    expect(gitTransport(url)).toBe(transport);
  });

  it.each([
    ['https://e.com', 'no path'],
    ['https://-h/x', 'no usable host'],
    ['https://user@e.com/x', 'credentials'],
    ['https://user:pw@e.com/x', 'credentials'],
    ['https://e.com/x#main', 'fragment'],
    ['git://e.com/x', 'git:// is not supported'],
    ['git+ssh://git@e.com/x', 'git+ssh:// is not supported'],
    ['ext::sh -c id', 'not a URL'],
    ['--upload-pack=x', 'not a URL'],
    ['/srv/git', 'not a URL'],
    ['', 'not a URL'],
    ['file:///', 'no path'],
    ['file:///a/../etc', '`..`'],
    ['file://e.com/x', 'names no host'],
    ['ssh://git:pw@e.com/x', 'credentials'],
    ['ssh://e.com', 'no path'],
    ['ssh://e.com//', 'no path'],
    ['ssh://e.com/x?y', 'query'],
    ['ssh://e.com/a b', 'space'],
    ['ssh://e.com:0/x', 'port 0'],
    ['ssh://e.com:99999/x', 'not a URL'],
    ['ssh:///x', 'no usable host'],
    ['ssh:x', 'not a URL'],
    ['ssh://-oProxyCommand=id/x', 'no usable host'],
    ['ssh://-l@e.com/x', 'no plain name'],
    ['ssh://a%20b@e.com/x', 'no plain name'],
    ['-oProxyCommand=id@e.com:x', 'not a URL'],
    ['git@-oProxyCommand=id:x', 'not a URL'],
    ['git@e.com:-x', 'not a URL'],
    ['git@e.com::x', 'not a URL'],
    ['git@e.com:', 'not a URL'],
    ['git@e.com:/', 'not a URL'],
    ['git@e.com:a b', 'not a URL'],
    ['git@e.com', 'not a URL'],
    ['e.com:team/shop.git', 'needs its user'],
    ['git:pw@e.com:shop', 'credentials'],
    ['git@e.com:a\\b', 'clean'],
    ['ssh://e.com/x\n', 'clean'],
  ])('refuses %j: %s', (url, problem) => {
    expect(gitUrl.problem(url)).toContain(problem);
    expect(gitTransport(url)).toBeNull();
  });

  it('repeats nothing of an address that could be a password', () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12}$/);
    const address = fc.constantFrom(
      (pw: string) => `https://u:${pw}@e.com/x`,
      (pw: string) => `https://${pw}@e.com/x`,
      (pw: string) => `ssh://git:${pw}@e.com/x`,
      (pw: string) => `git:${pw}@e.com:x`,
      (pw: string) => `ftp://u:${pw}@e.com/x`,
    );
    fc.assert(
      fc.property(secret, address, (pw, of) => {
        expect(gitUrl.problem(of(pw))).not.toBeNull();
        expect(gitUrl.problem(of(pw))).not.toContain(pw);
      }),
    );
  });

  it('lets through no address that git or ssh could take for an option or two words', () => {
    const piece = fc.constantFrom(
      'ssh://',
      'https://',
      'file://',
      '-',
      '-o',
      '@',
      ':',
      '/',
      ' ',
      'git',
      'e.com',
      '\n',
      '=',
      '..',
    );
    const address = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(address, (text) => {
        if (gitTransport(text) !== 'ssh') return;
        expect(text).not.toMatch(/^-|\s|^[^/]*[@:]-|^ssh:\/\/(?:[^/]*@)?-/);
      }),
      { numRuns: 2000 },
    );
  });
});

it('takes no remote address that a worker would refuse', async () => {
  const user = fc.constantFrom('', 'git@', 'a.b@', '-a@', 'a%20@', 'u:p@');
  const host = fc.constantFrom('e.com', 'a_b', '[::1]', '-h', 'e.com:2222', 'e.com:', '10.0.0.1');
  const path = fc.constantFrom('/x', ':x', ':/x', ':-x', '::x', '/', '/a b', '/x?y', ':~/x');
  const address = fc
    .tuple(fc.constantFrom('ssh://', 'https://', ''), user, host, path)
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(address, async (text) => {
      const transport = gitTransport(text);
      if (transport === null) return;
      await expect(gitLocation(text, [])).resolves.toMatchObject({ protocol: transport });
    }),
    { numRuns: 500 },
  );
});

describe('gitRef', () => {
  it.each(['main', 'feature/a-b', 'v1.2.3', 'refs/tags/v1', 'HEAD', 'a'.repeat(40)])(
    'takes %s',
    (ref) => {
      expect(gitRef.problem(ref)).toBeNull();
    },
  );

  it.each([
    '',
    '-x',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'x.lock',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a@{1}',
    '@',
    'a\n',
  ])('refuses %j', (ref) => {
    expect(gitRef.problem(ref)).not.toBeNull();
  });
});
