import { realpath } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { failure } from '../../workflows/contract/failures.ts';
import { redact } from '../support/redact.ts';
import { isWithin, wayOut } from './file-repository.ts';

/** A repository that may be asked for. */
export interface GitLocation {
  /** As git's GIT_ALLOW_PROTOCOL names it. */
  readonly protocol: 'https' | 'ssh' | 'file';
  /** What git is given: no login in it, but for the user of ssh. */
  readonly url: string;
  /** Lower case, with `:port` where it isn't the protocol's own; empty for file. */
  readonly host: string;
}

/** Nothing that ssh or git could read as an option, a helper's name or a second word. */
const userName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const hostName = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])$/;
/** `user@host:path`: the path is not absolute in a URL's sense, so it stays as it is. */
const scpForm = /^([^@:/\s]+)@([^@:/\s]+):([^\s:-]\S*)$/;

/**
 * Checks a source's `git` and returns what git is given: https and ssh as they are; `file://` with
 * symlinks resolved, and only under one of the roots, with all that the repository refers to.
 *
 * Throws `SourceNotFound` for a place that may not be used or is not there, `InvalidDefinition`
 * for a URL with a login in it or of another kind.
 */
export async function gitLocation(git: string, fileRoots: readonly string[]): Promise<GitLocation> {
  const url = URL.parse(git);
  if (url !== null && (url.password !== '' || (url.protocol === 'https:' && url.username !== ''))) {
    throw failure(
      'InvalidDefinition',
      `the source ${redact(git)} has a login in its URL; name a Secret instead`,
    );
  }
  if (url?.protocol === 'https:' && hostName.test(url.hostname)) {
    return { protocol: 'https', url: url.href, host: url.host };
  }
  if (url?.protocol === 'file:' && url.host === '') {
    return { protocol: 'file', url: await fileLocation(url, fileRoots), host: '' };
  }
  const ssh = url?.protocol === 'ssh:' ? sshUrl(url) : url === null ? scpLocation(git) : null;
  if (ssh !== null) return ssh;
  throw failure(
    'InvalidDefinition',
    `the source ${redact(git)} cannot be fetched: https://…, ssh://[user@]host/…, user@host:path or file:///… is expected`,
  );
}

function sshUrl(url: URL): GitLocation | null {
  const { username, hostname, port, pathname } = url;
  if (username !== '' && !userName.test(username)) return null;
  if (!hostName.test(hostname) || pathname.length < 2 || url.search !== '' || url.hash !== '') {
    return null;
  }
  return { protocol: 'ssh', url: url.href, host: sshHost(hostname, port) };
}

function scpLocation(git: string): GitLocation | null {
  const [, user = '', host = ''] = scpForm.exec(git) ?? [];
  if (!userName.test(user) || !hostName.test(host)) return null;
  return { protocol: 'ssh', url: git, host: sshHost(host, '') };
}

/** URL knows no default port of ssh. */
function sshHost(hostname: string, port: string): string {
  const host = hostname.toLowerCase();
  return port === '' || port === '22' ? host : `${host}:${port}`;
}

async function fileLocation(url: URL, fileRoots: readonly string[]): Promise<string> {
  const path = decodePath(url);
  const roots = (await Promise.all(fileRoots.map(resolveOrNull))).filter((root) => root !== null);
  const real = await resolveOrNull(path);
  // One answer for "outside" and "not there": which files exist outside is nobody's business.
  if (real === null || !roots.some((root) => isWithin(real, root))) {
    throw outside(url, fileRoots, 'directory', 'this worker reads no files there');
  }
  const out = await wayOut(real, roots);
  if (out === null) return pathToFileURL(real).href;
  throw outside(
    url,
    fileRoots,
    'repository of its own',
    `${out} leads to a place that is not under them, where this worker reads no files`,
  );
}

function outside(url: URL, fileRoots: readonly string[], what: string, why: string): Error {
  const allowed = fileRoots.length === 0 ? 'none is set' : fileRoots.join(', ');
  return failure(
    'SourceNotFound',
    `the source ${url.href} is not a ${what} under SLIPWAY_FILE_ROOTS (${allowed}): ${why}; \`source: { git: https://…, ref }\` names a repository that it can fetch`,
  );
}

function decodePath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw failure('InvalidDefinition', `the source ${url.href} is not a usable path`, {
      cause: error,
    });
  }
}

async function resolveOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}
