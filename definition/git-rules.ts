import { controlCharacters, type CheckRule } from './rules.ts';

export type GitTransport = 'https' | 'ssh' | 'file';

/** A user or host that ssh could take for an option is none: no hyphen in front. */
const sshUser = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const sshHost = '[A-Za-z0-9][A-Za-z0-9._-]*';
const plainHost = new RegExp(`^(?:${sshHost}|\\[[0-9a-f:.]+\\])$`);
const scpLike = new RegExp(`^${sshUser}@${sshHost}:(?!/*$)[^\\s:-]\\S*$`);

/** How git reaches the address; null for an address that `gitUrl` refuses. */
export function gitTransport(address: string): GitTransport | null {
  if (gitUrl.problem(address) !== null) return null;
  if (scpLike.test(address)) return 'ssh';
  const { protocol } = new URL(address);
  return protocol === 'https:' ? 'https' : protocol === 'ssh:' ? 'ssh' : 'file';
}

/** The addresses that sources may have; of those of ssh, also git's short form. */
export const gitUrl: CheckRule = {
  expected:
    'https://<host>/<path>, ssh://[<user>@]<host>/<path>, <user>@<host>:<path> or file:///<path>, without password, query and fragment',
  problem(text) {
    if (controlCharacters.test(text) || text.includes('\\')) return 'the URL is not a clean one';
    if (scpLike.test(text)) return null;
    const url = URL.parse(text);
    if (url === null || (!text.includes('://') && !/^(?:https|file):/.test(url.protocol))) {
      return describeOther(text);
    }
    if (!/^(?:https|ssh|file):$/.test(url.protocol)) return `${url.protocol}// is not supported`;
    // A user name is a credential for https, where tokens are given as one, and not for ssh.
    if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
      return 'the URL has credentials in it';
    }
    if (url.search !== '' || url.hash !== '') return 'the URL has a query or fragment';
    switch (url.protocol) {
      case 'https:':
        if (!plainHost.test(url.hostname)) return 'the URL has no usable host';
        return url.pathname === '/' ? 'the URL has no path' : null;
      case 'ssh:':
        return sshProblem(url, text);
      default:
        return fileProblem(url, text);
    }
  },
};

/** What is neither a URL nor of ssh's short form. */
function describeOther(text: string): string {
  if (/^[^/:@]+:[^@]*@/.test(text)) return 'the address has credentials in it';
  if (new RegExp(`^(?!ssh:|https:|file:)${sshHost}:(?!:|//)`).test(text))
    return 'the short form of ssh needs its user';
  if (new RegExp(`^${sshUser}@${sshHost}/`).test(text)) {
    return 'the short form of ssh has a colon behind its host';
  }
  if (new RegExp(`^${sshHost}\\.[a-z]+/[^/]`).test(text)) {
    return 'the address has no https:// in front';
  }
  return 'this is not a URL';
}

function sshProblem(url: URL, text: string): string | null {
  if (url.username !== '' && !new RegExp(`^${sshUser}$`).test(url.username)) {
    return 'the URL has a user that is no plain name';
  }
  if (!plainHost.test(url.hostname)) {
    return 'the URL has no usable host';
  }
  if (/\s/.test(text)) return 'the URL has a space in it';
  if (url.port === '0') return 'the URL has a port 0';
  return /^\/*$/.test(url.pathname) ? 'the URL has no path' : null;
}

function fileProblem(url: URL, text: string): string | null {
  if (url.host !== '') return `a file URL names no host, this one names ${url.host}`;
  if (decoded(text).split('/').includes('..')) return 'the path has `..` in it';
  return url.pathname === '/' ? 'the URL has no path' : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** git-check-ref-format(1), and no hyphen in front, which git would read as an option. */
export const gitRef: CheckRule = {
  expected: 'a branch, a tag or a commit',
  problem(ref) {
    const forbidden = /\.\.|@\{|\/\/|[\s~^:?*[\\]|^[-/.]|[/.]$|\.lock(?:\/|$)|\/\.|^@$|^$/;
    return forbidden.test(ref) || controlCharacters.test(ref) || ref.length > 250
      ? 'git allows no such ref'
      : null;
  },
};
