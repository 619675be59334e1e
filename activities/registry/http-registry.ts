import { ApplicationFailure } from '@temporalio/common';
import type { Dispatcher, Response } from 'undici';
import { failure } from '../../workflows/contract/failures.ts';
import { isDigest, sha256 } from '../support/digest.ts';
import { redact } from '../support/redact.ts';
import type { RegistryLogin, Secrets } from '../support/secrets.ts';
import {
  canonicalRegistryHost,
  parseImageReference,
  type ImageReference,
} from '../../definition/image-reference.ts';
import { canonicalMirrors } from './mirrors.ts';
import { readBody } from './read-body.ts';
import { openSession, type RegistrySession } from './registry-session.ts';
import type { Registry } from './registry.ts';

export interface HttpRegistryOptions {
  readonly secrets: Pick<Secrets, 'registryLogin'>;
  readonly dispatcher: Dispatcher;
  /** Registry host → mirror host. */
  readonly mirrors: Readonly<Record<string, string>>;
  readonly plainHttpHosts: readonly string[];
}

/** Every kind of manifest that a tag can name: a registry answers 404 for a kind that isn't asked for. */
const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The distribution specification's limit for a manifest is 4 MiB. */
const maxManifestBytes = 4 * 1024 * 1024;

/** Registries over the OCI distribution API (v1.1). See `Registry` for the failure types. */
export function createHttpRegistry(options: HttpRegistryOptions): Registry {
  const mirrors = canonicalMirrors(options.mirrors);
  const plainHttpHosts = new Set(options.plainHttpHosts.map(canonicalRegistryHost));

  function session(
    host: string,
    path: string,
    login: RegistryLogin | null,
    actions: 'pull' | 'pull,push',
    denied: 'BaseImageDenied' | 'PushDenied',
  ): RegistrySession {
    const plainHttp = plainHttpHosts.has(host);
    return openSession({
      host,
      path,
      login,
      actions,
      denied,
      plainHttp,
      dispatcher: options.dispatcher,
    });
  }

  async function loginFor(secret: string | null, host: string): Promise<RegistryLogin | null> {
    return secret === null ? null : options.secrets.registryLogin(secret, host);
  }

  /** A Secret for the registry need not be for its mirror: then the mirror is asked without it. */
  async function loginForMirror(
    secret: string | null,
    mirror: string,
    host: string,
  ): Promise<RegistryLogin | null> {
    try {
      return await loginFor(secret, mirror);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.type !== 'SecretNotFound') throw error;
      await loginFor(secret, host);
      return null;
    }
  }

  return {
    async resolve(text, secret) {
      const reference = parse(text, 'BaseImageNotFound');
      const { host, path } = reference;
      const mirror = Object.hasOwn(mirrors, host) ? mirrors[host] : undefined;
      const login =
        mirror === undefined
          ? await loginFor(secret, host)
          : await loginForMirror(secret, mirror, host);
      const asked = session(mirror ?? host, path, login, 'pull', 'BaseImageDenied');
      return digestOf(asked, reference);
    },

    async resolvePushed(text, secret) {
      const reference = parse(text, 'InvalidDefinition');
      const { host, path } = reference;
      const login = await loginFor(secret, host);
      return digestOf(session(host, path, login, 'pull', 'PushDenied'), reference);
    },

    async tag(repository, digest, tag, secret) {
      const { host, path } = parse(`${repository}:${tag}`, 'InvalidDefinition');
      const login = await loginFor(secret, host);
      const asked = session(host, path, login, 'pull,push', 'PushDenied');
      if ((await head(asked, tag)) === digest) return;
      await putTag(asked, digest, tag);
    },

    async checkPush(repository, secret) {
      const { host, path } = parse(repository, 'InvalidDefinition');
      const login = await loginFor(secret, host);
      await beginUpload(session(host, path, login, 'pull,push', 'PushDenied'));
    },
  };
}

function parse(text: string, type: 'BaseImageNotFound' | 'InvalidDefinition'): ImageReference {
  const parsed = parseImageReference(text);
  if (!parsed.ok) throw failure(type, `the image reference ${redact(text)} ${parsed.problem}`);
  return parsed.reference;
}

async function digestOf(
  session: RegistrySession,
  reference: ImageReference,
): Promise<string | null> {
  return head(session, reference.digest ?? reference.tag ?? 'latest');
}

/** The digest that the registry has for a tag or digest; null when it has none. */
async function head(session: RegistrySession, name: string): Promise<string | null> {
  const response = await session.request('HEAD', `manifests/${name}`, { headers: { accept } });
  if (response.status === 404) return null;
  expectSuccess(response, `${session.repository}: HEAD of manifest ${name}`);
  const digest = response.headers.get('docker-content-digest');
  if (digest !== null && !isDigest(digest)) {
    throw failure(
      'RegistryUnavailable',
      `${session.repository}: asked for ${name}, the registry answers with ${quoted(session, response, digest)} where sha256: and 64 hex digits are expected`,
    );
  }
  // The header is optional in the specification; the body has the truth.
  const found = digest ?? (await getManifest(session, name))?.digest ?? null;
  if (found !== null && name.startsWith('sha256:') && found !== name) {
    throw failure(
      'RegistryUnavailable',
      `${session.repository}: asked for ${name}, the registry answers with ${quoted(session, response, found)}`,
    );
  }
  return found;
}

/** What a header says, for a message: the registry's words only, not those of whom it redirected to. */
function quoted(session: RegistrySession, response: Response, text: string): string {
  return session.isOwn(response.url)
    ? JSON.stringify(redact(text.slice(0, 200)))
    : 'something else';
}

interface Manifest {
  readonly body: Buffer;
  readonly digest: string;
  readonly mediaType: string;
}

async function getManifest(session: RegistrySession, name: string): Promise<Manifest | null> {
  const response = await session.request('GET', `manifests/${name}`, { headers: { accept } });
  const what = `${session.repository}: manifest ${name}`;
  if (response.status === 404) {
    await response.body?.cancel();
    return null;
  }
  expectSuccess(response, what);
  const body = await readBody(response, what, maxManifestBytes);
  const digest = `sha256:${sha256(body)}`;
  const told = response.headers.get('docker-content-digest');
  if (name.startsWith('sha256:') && name !== digest) {
    throw failure('RegistryUnavailable', `${what} has the content of ${digest}`);
  }
  if (told !== null && told !== digest) {
    throw failure(
      'RegistryUnavailable',
      `${what} has the content of ${digest}; the registry calls it ${quoted(session, response, told)}`,
    );
  }
  const mediaType = response.headers.get('content-type') ?? 'application/json';
  return { body, digest, mediaType };
}

/** Asks for an upload and gives it up at once: what builders do as well before they push. */
async function beginUpload(session: RegistrySession): Promise<void> {
  const response = await session.request('POST', 'blobs/uploads/');
  await response.body?.cancel();
  if (response.status === 404) {
    throw failure('PushDenied', `${session.repository}: the registry has no such repository`);
  }
  expectSuccess(response, `${session.repository}: the begin of an upload`);
  const upload = URL.parse(response.headers.get('location') ?? '', response.url);
  // An upload that is left open is cleaned up by the registry; a store behind it is none of ours.
  if (upload === null || !session.isOwn(upload.href)) return;
  try {
    const given = await session.request('DELETE', upload.href);
    await given.body?.cancel();
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
  }
}

async function putTag(session: RegistrySession, digest: string, tag: string): Promise<void> {
  const what = `${session.repository}:${tag}`;
  const manifest = await getManifest(session, digest);
  if (manifest === null) {
    throw failure(
      'DigestMismatch',
      `${what} cannot be set: the registry does not hold ${session.repository}@${digest}`,
    );
  }
  const response = await session.request('PUT', `manifests/${tag}`, {
    headers: { 'content-type': manifest.mediaType },
    body: manifest.body,
  });
  if (response.ok) {
    await response.body?.cancel();
    return;
  }
  const text = (await readBody(response, what, maxManifestBytes)).toString('utf8').slice(0, 1000);
  // No status is agreed on: Harbor says 412, ECR 400 ImageTagAlreadyExistsException, others 409.
  if (
    response.status === 409 ||
    response.status === 412 ||
    /immutab|TagAlreadyExists/i.test(text)
  ) {
    throw failure('TagImmutable', `${what} may not be moved (${response.status}): ${redact(text)}`);
  }
  throw unexpected(response, `${what}: PUT was answered with ${response.status}: ${redact(text)}`);
}

function expectSuccess(response: Response, what: string): void {
  if (!response.ok) throw unexpected(response, `${what} was answered with ${response.status}`);
}

/** An answer that blames the request stays the same; any other may be better in a while. */
function unexpected({ status }: Response, message: string): Error {
  const isRefusal = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
  return failure(isRefusal ? 'RegistryRefused' : 'RegistryUnavailable', message);
}
