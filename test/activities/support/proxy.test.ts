import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyFor, proxyVariables } from '../../../activities/support/proxy.ts';

const https = 'http://proxy.example.net:3128';
const http = 'http://other.example.net:3128';

const through = (url: string, ...noProxy: readonly string[]): string | null =>
  proxyFor(new URL(url), { https, http, noProxy });

describe('proxyFor', () => {
  it('goes by the protocol', () => {
    expect(through('https://registry.example.com/')).toBe(https);
    expect(through('http://registry.example.com/')).toBe(http);
    expect(
      proxyFor(new URL('http://a.example.com'), { https, http: null, noProxy: [] }),
    ).toBeNull();
  });

  it.each([
    ['example.com', 'https://example.com/', true],
    ['example.com', 'https://a.b.example.com/', true],
    ['example.com', 'https://notexample.com/', false],
    ['example.com', 'https://EXAMPLE.com./', true],
    ['Example.COM', 'https://example.com/', true],
    ['.example.com', 'https://a.example.com/', true],
    ['.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://a.example.com/', true],
    ['*.example.com', 'https://example.com/', false],
    ['example.com:5000', 'https://example.com:5000/', true],
    ['example.com:5000', 'https://example.com/', false],
    ['example.com:443', 'https://example.com/', true],
    ['example.com:80', 'http://example.com/', true],
    ['10.1.2.3', 'https://10.1.2.3:5000/', true],
    ['10.1.2.3', 'https://10.1.2.30/', false],
    ['10.1.2.3:5000', 'https://10.1.2.3:6000/', false],
    ['2.3', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://10.1.2.3:5000/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/8', 'https://ten.example.com/', false],
    ['10.0.0.0/99', 'https://10.1.2.3/', false],
    ['fd00::/8', 'https://[fd00::1]:5000/', true],
    ['fd00::/8', 'https://10.1.2.3/', false],
    ['fd00::1', 'https://[fd00::1]/', true],
    ['[fd00::1]:5000', 'https://[fd00::1]:5000/', true],
    ['[fd00::1]:5000', 'https://[fd00::1]:6000/', false],
    ['*', 'https://anything.example.org/', true],
    ['', 'https://example.com/', false],
    ['other.example.com', 'https://example.com/', false],
  ])('%s for %s: direct is %s', (entry, url, direct) => {
    expect(through(url, 'none.invalid', entry)).toBe(
      direct ? null : url.startsWith('https') ? https : http,
    );
  });

  it.each(['https://localhost:5000/', 'http://127.0.0.1/', 'https://127.8.8.8/', 'https://[::1]/'])(
    'never asks a proxy for this machine: %s',
    (url) => {
      expect(through(url)).toBeNull();
    },
  );

  it('takes any text as an entry without falling over it', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.webUrl(), (noProxy, url) => {
        expect([null, https, http]).toContain(through(url, ...noProxy));
      }),
    );
  });
});

describe('proxyVariables', () => {
  it('names each in both cases, and none that is not set', () => {
    expect(proxyVariables({ https, http: null, noProxy: ['a', '.b'] })).toEqual([
      { name: 'HTTPS_PROXY', value: https },
      { name: 'NO_PROXY', value: 'a,.b' },
      { name: 'https_proxy', value: https },
      { name: 'no_proxy', value: 'a,.b' },
    ]);
    expect(proxyVariables({ https, http, noProxy: [] }).map(({ name }) => name)).toEqual([
      'HTTPS_PROXY',
      'HTTP_PROXY',
      'http_proxy',
      'https_proxy',
    ]);
  });

  it('are none without a proxy', () => {
    expect(proxyVariables(undefined)).toEqual([]);
    expect(proxyVariables({ https: null, http: null, noProxy: ['a'] })).toEqual([]);
  });
});
