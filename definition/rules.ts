import { posix } from 'node:path';
import { bytesOf } from '../workflows/contract/quantity.ts';
import { parseImageReference } from './image-reference.ts';

/** What a piece of text has to look like. Patterns are also what the JSON Schema shows. */
export interface PatternRule {
  readonly pattern: RegExp;
  readonly expected: string;
}

/** A rule that no pattern can express; `problem` says what is wrong, or null. */
export interface CheckRule {
  readonly problem: (text: string) => string | null;
  readonly expected: string;
}

/** RFC 1123, as Kubernetes has it: labels, and parts of ids, keys and image names. */
export const dnsLabel: PatternRule = {
  pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  expected:
    'a name of at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends',
};

export const secretName: PatternRule = {
  pattern: /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  expected: 'the name of a Kubernetes Secret: lower-case letters, digits, hyphens and dots',
};

/** A tag of the OCI distribution specification; `in-<hex>` is what builder Pods push. */
export const imageTag: PatternRule = {
  pattern: /^(?!in-[0-9a-f]{64}$)\w[\w.-]{0,127}$/,
  expected:
    'an image tag: at most 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`; in-<64 hex digits> is reserved',
};

/** What `RUN --mount=type=secret,id=…` names: also a file's name, and a legal key of a Secret. */
export const buildSecretId: PatternRule = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/,
  expected: 'an id of at most 63 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`',
};

/** Kubernetes' own rule for keys of a Secret. */
export const secretKey: PatternRule = {
  pattern: /^(?!\.\.|\.$)[-._a-zA-Z0-9]{1,253}$/,
  expected: 'a key of a Kubernetes Secret: letters, digits, `-`, `_` and `.`',
};

/** Kubernetes' own rule for names of environment variables. */
export const environmentName: PatternRule = {
  pattern: /^[-._a-zA-Z][-._a-zA-Z0-9]*$/,
  expected: 'the name of an environment variable, without a value',
};

export const argumentName: PatternRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  expected: 'a name of letters, digits and `_` that does not begin with a digit',
};

/** Names or, as in COPY --from, numbers of stages. */
export const stageName: PatternRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
  expected: 'the name of a build stage',
};

export const cpuQuantity: PatternRule = {
  pattern: /^(?=.*[1-9])\d+(?:\.\d+)?m?$/,
  expected: 'a Kubernetes quantity like "500m" or "2"',
};

/** Without `m`: a thousandth of a byte is legal for Kubernetes and never meant. */
export const byteQuantity: PatternRule = {
  pattern: /^(?=.*[1-9])\d+(?:\.\d+)?(?:[kMGTPE]|[KMGTPE]i)?$/,
  expected: 'a Kubernetes quantity like "512Mi" or "2Gi"',
};

export const duration: PatternRule = {
  pattern: /^(?=.)(?:\d{1,3}h)?(?:\d{1,5}m)?(?:\d{1,6}s)?$/,
  expected: 'a duration with its unit, like "90s", "30m" or "1h30m"',
};

/** Less memory or disk is too little for any container: what was meant has another unit. */
const leastBytes = '4Mi';

/** How many bytes a container may be given; passes over what is no `byteQuantity`. */
export const usableBytes: CheckRule = {
  expected: `at least ${leastBytes}, as in "512Mi"`,
  problem(text) {
    // null: more than a number can hold.
    const bytes = bytesOf(text);
    if (!byteQuantity.pattern.test(text) || bytes === null || bytes >= bytesOf(leastBytes)!) {
      return null;
    }
    const meant = Number(text) < 32 ? `${text}Gi` : `${text}Mi`;
    const hint = /^\d+$/.test(text) ? `: was "${meant}" meant?` : '';
    return `${text} is ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}${hint}`;
  },
};

/** Seconds of a `duration`. */
export function parseDuration(text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

const labelName = '[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
export const labelKey: PatternRule = {
  pattern: new RegExp(`^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?${labelName}$`),
  expected: 'the key of a Kubernetes label',
};
export const labelValue: PatternRule = {
  pattern: new RegExp(`^(?:${labelName})?$`),
  expected: 'the value of a Kubernetes label: at most 63 letters, digits, `_`, `.` and `-`',
};

// oxlint-disable-next-line no-control-regex -- they are what is looked for
export const controlCharacters = /[\u0000-\u001f\u007f]/;

/** A path inside the repository or the context; POSIX, whatever the client runs on. */
export const confinedPath: CheckRule = {
  expected: 'a relative path with `/` between its parts, without `..`',
  problem(path) {
    if (path === '') return 'the path is empty';
    if (controlCharacters.test(path)) return 'the path has a control character in it';
    if (path.includes('\\')) return 'the path has a backslash in it';
    if (/^[a-z]:(?:\/|$)/i.test(path)) return 'the path names a drive';
    if (schemeProblem(path) !== null) return 'the path is a URL';
    if (/^~(?:\/|$)/.test(path)) return 'the path begins with a home directory';
    if (path.startsWith('/')) return 'the path is absolute';
    if (path.split('/').includes('..')) return 'the path leads out of its directory';
    return null;
  },
};

/** `./a//b/` → `a/b`; the directory itself is `.`. */
export function normalisePath(path: string): string {
  const normal = posix.normalize(path).replace(/\/+$/, '');
  return normal === '' ? '.' : normal;
}

/** A file: a confined path that names something below its directory. */
export const confinedFile: CheckRule = {
  expected: 'the relative path of a file, without `..`',
  problem(path) {
    const problem = confinedPath.problem(path);
    if (problem !== null) return problem;
    return path.endsWith('/') || normalisePath(path) === '.' ? 'the path names a directory' : null;
  },
};

/** Any image reference; what Docker lets people leave out may be left out. */
export const imageReference: CheckRule = {
  expected: 'an image reference: [<host>/]<path>[:<tag>][@sha256:<hex>], the path in lower case',
  problem(text) {
    const scheme = schemeProblem(text);
    if (scheme !== null) return `the image reference ${scheme}`;
    const parsed = parseImageReference(text);
    return parsed.ok ? null : `the image reference ${parsed.problem}`;
  },
};

/** `<host>/<path>`: where images are pushed to has to name its host. */
export const imageRepository: CheckRule = {
  expected: '<registry host>/<path> in lower case, without tag and digest',
  problem(text) {
    const scheme = schemeProblem(text);
    if (scheme !== null) return `the image name ${scheme}`;
    if (!/^(?:[^/]*[.:[][^/]*|localhost)\//.test(text)) return 'it names no registry host';
    const parsed = parseImageReference(text);
    if (!parsed.ok) return `the image name ${parsed.problem}`;
    if (text !== text.toLowerCase()) return 'it has upper-case letters';
    if (text.includes('@')) return 'it has a digest';
    return text.slice(text.indexOf('/')).includes(':') ? 'it has a tag' : null;
  },
};

/** A host, or a host and the beginning of a path: `/<name>` comes behind it. */
export const registryPrefix: CheckRule = {
  expected: 'a registry host, with or without a path: registry.example.com/shop',
  problem(text) {
    const scheme = schemeProblem(text);
    if (scheme !== null) return `the registry ${scheme}`;
    if (text.endsWith('/')) return 'the registry ends with a slash';
    if (text.includes('//')) return 'the registry has an empty part in its path';
    if (text.includes('@')) return 'the registry has a digest';
    if (/\/.*:/.test(text)) return 'the registry has a tag';
    if (text !== text.toLowerCase()) return 'the registry has upper-case letters';
    return imageRepository.problem(`${text}/x`);
  },
};

/** Addresses are pasted from browsers. */
function schemeProblem(text: string): string | null {
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  return scheme === undefined ? null : `begins with ${scheme}, which none does`;
}
