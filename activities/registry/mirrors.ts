import { canonicalRegistryHost } from '../../definition/image-reference.ts';

/**
 * Registry host → mirror host, with the hosts as image references are read: lower case, Docker's hub
 * under its one name. Planning and builders have to look hosts up alike.
 */
export function canonicalMirrors(
  mirrors: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(mirrors)
      .map(([host, mirror]) => [canonicalRegistryHost(host), mirror.toLowerCase()] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
