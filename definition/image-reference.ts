import { isIPv6 } from 'node:net';

/** An image reference with everything that Docker lets people leave out filled in. */
export interface ImageReference {
  /** Host with its port, e.g. `docker.io`, `registry.example.com:5000`, `[::1]:5000`. */
  readonly host: string;
  /** Without host, tag and digest; on `docker.io` with the `library/` of official images. */
  readonly path: string;
  /** null where a digest stands alone; `latest` where neither was given. */
  readonly tag: string | null;
  readonly digest: string | null;
}

// The grammar of github.com/distribution/reference; IPv6 hosts as its newer versions have them.
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const hostPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[([0-9a-fA-F:.]+)\\])(?::(\\d+))?$`);
const maxPathLength = 255;

/**
 * Reads `[host[:port]/]path[:tag][@sha256:…]` as Docker does: no host means `docker.io`, a single
 * path component there means `library/…`.
 *
 * @returns what is wrong with it, as a sentence's end, where the text is no reference
 */
export function parseImageReference(
  text: string,
):
  | { readonly ok: true; readonly reference: ImageReference }
  | { readonly ok: false; readonly problem: string } {
  const [beforeDigest = '', digest = null, ...more] = text.split('@');
  if (more.length > 0) return { ok: false, problem: 'has more than one @' };
  if (digest !== null && !digestPattern.test(digest)) {
    return { ok: false, problem: `has a digest ${digest} that is not sha256: and 64 hex digits` };
  }
  const { host, rest } = splitHost(beforeDigest);
  const hostProblem = checkHost(host);
  if (hostProblem !== null) return { ok: false, problem: hostProblem };

  const colon = rest.indexOf(':');
  const name = colon === -1 ? rest : rest.slice(0, colon);
  const tag = colon === -1 ? null : rest.slice(colon + 1);
  if (tag !== null && !tagPattern.test(tag)) {
    return { ok: false, problem: `has a tag ${JSON.stringify(tag)} that no registry takes` };
  }
  const path =
    host === 'docker.io' && name !== '' && !name.includes('/') ? `library/${name}` : name;
  if (!pathPattern.test(path) || path.length > maxPathLength) {
    return {
      ok: false,
      problem: `has a name ${JSON.stringify(name)} that is not lower-case letters, digits and single separators`,
    };
  }
  return {
    ok: true,
    reference: { host, path, tag: tag ?? (digest === null ? 'latest' : null), digest },
  };
}

/** The first component is a host only if it cannot be a part of a path. */
function splitHost(text: string): { readonly host: string; readonly rest: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isHost = /[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!isHost) return { host: 'docker.io', rest: text };
  return { host: canonicalRegistryHost(first), rest: text.slice(slash + 1) };
}

function checkHost(host: string): string | null {
  const match = hostPattern.exec(host);
  if (match === null) return `has no usable host: ${JSON.stringify(host)}`;
  const [, address, port] = match;
  if (address !== undefined && !isIPv6(address))
    return `has a host ${host} that is no IPv6 address`;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    return `has a port ${port} that is not 1 to 65535`;
  }
  return null;
}

/** Docker's hub has several names; `docker.io` is the one used in settings and Secrets. */
export function canonicalRegistryHost(host: string): string {
  const lower = host.toLowerCase();
  return lower === 'index.docker.io' || lower === 'registry-1.docker.io' ? 'docker.io' : lower;
}

/** Whether the text is a registry's host as references have it, with its port or without. */
export function isRegistryHost(text: string): boolean {
  return checkHost(canonicalRegistryHost(text)) === null;
}

/** The full text: `<host>/<path>[:tag][@digest]`. */
export function formatImageReference(reference: ImageReference): string {
  const { host, path, tag, digest } = reference;
  return `${host}/${path}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}
