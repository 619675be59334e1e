import { failure } from '../../workflows/contract/failures.ts';
import type { Source } from '../../workflows/contract/application.ts';
import type { GitCredentials, GitSecrets } from '../support/git-secrets.ts';
import type { GitLocation } from './git-location.ts';
import type { GitRemote } from './git-remotes.ts';

/**
 * The source's remote with the credentials that its Secret has now.
 *
 * Throws the failures of `GitSecrets.gitCredentials`; `SecretNotFound` when they are of the wrong
 * kind for the URL, `SourceAuthDenied` for ssh without any, `InvalidDefinition` for file with some.
 */
export async function remoteOf(
  source: Source,
  location: GitLocation,
  secrets: GitSecrets,
): Promise<GitRemote> {
  const { secret } = source;
  if (secret === undefined) {
    if (location.protocol === 'ssh') throw keyMissing(location, 'the source names no Secret');
    return { location, credentials: null };
  }
  if (location.protocol === 'file') {
    throw failure(
      'InvalidDefinition',
      `the source ${location.url} is read from disk: its Secret ${secret} would not be used`,
    );
  }
  const credentials = await secrets.gitCredentials(secret, location.host);
  if (!fits(credentials, location)) {
    const [has, wanted] =
      credentials.kind === 'ssh'
        ? ['an ssh key', 'kubernetes.io/basic-auth']
        : ['a password', 'kubernetes.io/ssh-auth'];
    throw failure(
      'SecretNotFound',
      `the Secret ${secret} holds ${has}; for ${location.url} it has to be of type ${wanted}`,
    );
  }
  return { location, credentials };
}

/**
 * The remote of a submodule: it gets the source's credentials on the same host, and none elsewhere.
 * Throws `SourceAuthDenied` for ssh where they don't fit.
 */
export function submoduleRemote(source: GitRemote, location: GitLocation): GitRemote {
  const { credentials } = source;
  if (
    credentials !== null &&
    location.host === source.location.host &&
    fits(credentials, location)
  ) {
    return { location, credentials };
  }
  if (location.protocol === 'ssh') {
    throw keyMissing(
      location,
      'the source has no ssh key for this host; a URL relative to the repository (`../other.git`) takes the same way as the repository',
    );
  }
  return { location, credentials: null };
}

function fits(credentials: GitCredentials, { protocol }: GitLocation): boolean {
  return protocol === (credentials.kind === 'ssh' ? 'ssh' : 'https');
}

function keyMissing({ url }: GitLocation, why: string) {
  return failure('SourceAuthDenied', `${url} is reached by ssh, which needs a key: ${why}`);
}
