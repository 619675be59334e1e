import { stringify } from 'smol-toml';
import { canonicalRegistryHost } from '../../../definition/image-reference.ts';
import { canonicalMirrors } from '../../registry/mirrors.ts';
import type { InstallationSettings } from '../../support/settings.ts';

/**
 * containers-registries.conf(5), version 2. A mirror is the registry's location, not a `mirror`
 * entry: that one falls back to the registry itself, which planning does not.
 */
export function registriesConf(
  settings: Pick<InstallationSettings, 'registryMirrors' | 'plainHttpRegistries'>,
): string {
  const mirrors = canonicalMirrors(settings.registryMirrors);
  const insecure = new Set(settings.plainHttpRegistries.map(canonicalRegistryHost));
  const mirrored = Object.entries(mirrors).map(([prefix, location]) => ({
    prefix,
    location,
    ...(insecure.has(location) ? { insecure: true } : {}),
  }));
  const plain = [...insecure]
    .filter((host) => !Object.hasOwn(mirrors, host))
    .sort()
    .map((host) => ({ prefix: host, location: host, insecure: true }));
  return stringify({
    'unqualified-search-registries': ['docker.io'],
    'short-name-mode': 'disabled',
    registry: [...mirrored, ...plain],
  });
}
