import { expect, test } from 'vitest';
import { parseChallenge } from '../../../activities/registry/www-authenticate.ts';

test.each([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    {
      scheme: 'bearer',
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:a/b:pull,push',
    },
  ],
  [
    'bearer realm=https://x/y',
    { scheme: 'bearer', realm: 'https://x/y', service: null, scope: null },
  ],
  [
    'Bearer realm="https://x/\\"y" , service = "s"',
    { scheme: 'bearer', realm: 'https://x/"y', service: 's', scope: null },
  ],
  ['Basic realm="Registry Realm"', { scheme: 'basic' }],
  ['BASIC', { scheme: 'basic' }],
  [
    'Basic realm="x", Bearer realm="https://x/y"',
    { scheme: 'bearer', realm: 'https://x/y', service: null, scope: null },
  ],
  ['Bearer service="s"', null],
  ['Negotiate', null],
  ['', null],
  [null, null],
])('%s', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
