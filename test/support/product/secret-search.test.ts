import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { podText, secretSearch } from './secret-search.ts';

const value = 'S3cr3t-value_of-24-chars';
const search = secretSearch([{ name: 'the login', value }]);
const signature = `X-Amz-Signature=${'0a'.repeat(32)}`;
const url = `https://10.1.1.1:9000/slipway/contexts/${'ab'.repeat(32)}.tar.gz?X-Amz-Credential=${value}%2F2026&${signature}`;

describe('secretSearch', () => {
  test('finds a value at any place, plain or in base64, and does not quote it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.boolean(), (before, after, encoded) => {
        const text = `${before}${value}${after}`;
        const found = search.values('a log', encoded ? Buffer.from(text).toString('base64') : text);
        expect(found).toEqual(['the login is readable in a log']);
      }),
    );
  });

  test('finds nothing in texts without it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(search.everything('a log', text)).toEqual([]);
      }),
    );
  });

  test.each([signature, encodeURIComponent(signature), signature.toLowerCase()])(
    'finds the signature of a presigned URL: %s',
    (text) => {
      expect(search.everything('x', text)).toEqual([
        'the signature of a presigned URL is readable in x',
      ]);
      expect(search.values('x', text)).toEqual([]);
    },
  );
});

describe('podText', () => {
  const variable = (value: string, name = 'CONTEXT_URL') => ({ name, value });
  const podWith = (...env: readonly object[]): object => ({ spec: { initContainers: [{ env }] } });
  const found = (pod: object): number => search.everything('Pod', podText(pod)).length;

  test.each([
    ['the context URL as its variable', podWith(variable(url)), 0],
    ['a second one', podWith(variable(url), variable(url)), 2],
    ['one beside something else', podWith(variable(`--from ${url}`)), 2],
    ['one that reads something else', podWith(variable(url.replace('contexts', 'logs'))), 2],
    ['one in an annotation', { metadata: { annotations: { context: url } } }, 2],
    ['one in another variable', podWith(variable(url, 'OTHER')), 2],
    ['one in an argument', { spec: { containers: [{ args: [url] }] } }, 2],
  ])('%s', (_, pod, count) => {
    expect(found(pod)).toBe(count);
  });
});
