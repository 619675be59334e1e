import { expect, test } from 'vitest';

import { chooseResolver } from '../../../dev/host/resolver.ts';

const upstream = 'nameserver 192.0.2.53\n';

test.each([
  ['a server of the network', 'search example.com\nnameserver 192.0.2.1\n', upstream, 'host'],
  [
    'a loopback server beside one of the network',
    'nameserver 127.0.0.1\nnameserver 192.0.2.1\n',
    upstream,
    'host',
  ],
  ["systemd-resolved's stub", 'nameserver 127.0.0.53\noptions edns0\n', upstream, 'upstream'],
  ['the IPv6 loopback', 'nameserver ::1\n', upstream, 'upstream'],
  ['no server at all', '# empty\n', upstream, 'upstream'],
  ['a loopback server and no other list', 'nameserver 127.0.0.1\n', undefined, 'host'],
  ['a commented server', '# nameserver 192.0.2.1\nnameserver 127.0.0.53\n', upstream, 'upstream'],
])('with %s takes the right list', (_, host, other, expected) => {
  expect(chooseResolver(host, other)).toBe(expected === 'host' ? host : other);
});
