import { fetch, type Dispatcher, type Response } from 'undici';
import { z } from 'zod';
import { failure, type FailureType } from '../../workflows/contract/failures.ts';
import type { RegistryLogin } from '../support/secrets.ts';
import { redact } from '../support/redact.ts';
import { readBody } from './read-body.ts';
import { retryDelay } from './retry-after.ts';
import { parseChallenge, type Challenge } from './www-authenticate.ts';

/** Requests about one repository of one host, with one login. */
export interface RegistrySession {
  /** e.g. `registry.example.com/shop/api`, for messages. */
  readonly repository: string;
  /**
   * Sends a request below `/v2/<path>/`, or to a URL that the registry has named itself, authorised
   * where the registry asks for it. Throws `denied` for 401 and 403, `RegistryRateLimited`, `RegistryUnavailable` (no answer, 5xx).
   */
  request(method: string, path: string, options?: RequestOptions): Promise<Response>;
}

interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface SessionOptions {
  readonly host: string;
  readonly path: string;
  readonly actions: 'pull' | 'pull,push';
  readonly login: RegistryLogin | null;
  readonly plainHttp: boolean;
  readonly dispatcher: Dispatcher;
  /** What a refusal means here. */
  readonly denied: 'BaseImageDenied' | 'PushDenied';
}

/** Tokens have some kilobytes. */
const maxTokenBytes = 1024 * 1024;

const Token = z
  .object({ token: z.string().optional(), access_token: z.string().optional() })
  .transform((value) => value.token ?? value.access_token)
  .pipe(z.string().min(1));

export function openSession(options: SessionOptions): RegistrySession {
  const { host, path, denied } = options;
  const repository = `${host}/${path}`;
  const base = `${options.plainHttp ? 'http' : 'https'}://${serverOf(host)}/v2/${path}/`;
  // One session is a handful of requests: the first one's authorisation is good for the others.
  let authorization: string | null = null;

  async function send(method: string, url: string, extra: RequestOptions): Promise<Response> {
    return call(url, `${method} ${url}`, options.dispatcher, {
      method,
      headers: { ...extra.headers, ...(authorization === null ? {} : { authorization }) },
      ...(extra.body === undefined ? {} : { body: extra.body }),
    });
  }

  return {
    repository,
    async request(method, below, extra = {}) {
      const url = new URL(below, base).href;
      let response = await send(method, url, extra);
      if (response.status === 401) {
        const challenge = parseChallenge(response.headers.get('www-authenticate'));
        await response.body?.cancel();
        authorization = await authorize(challenge, options);
        if (authorization === null) {
          throw failure(denied, `${repository} asks for a login, and none was given for ${host}`);
        }
        response = await send(method, url, extra);
      }
      await refuse(response, method, repository, options);
      return response;
    },
  };
}

/** Docker's hub serves its API under another name than the one in references. */
function serverOf(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

async function authorize(
  challenge: Challenge | null,
  options: SessionOptions,
): Promise<string | null> {
  const { login } = options;
  const basic = login === null ? null : `Basic ${encodeBasic(login)}`;
  if (challenge === null || challenge.scheme === 'basic') return basic;
  return `Bearer ${await fetchToken(challenge, basic, options)}`;
}

function encodeBasic(login: RegistryLogin): string {
  return Buffer.from(`${login.username}:${login.password}`, 'utf8').toString('base64');
}

async function fetchToken(
  challenge: Extract<Challenge, { scheme: 'bearer' }>,
  basic: string | null,
  options: SessionOptions,
): Promise<string> {
  const { host, path, denied } = options;
  const realm = URL.parse(challenge.realm);
  // The realm comes from the other side: a login goes out encrypted, or only where plain http is allowed.
  if (realm === null || (realm.protocol !== 'https:' && !options.plainHttp)) {
    throw failure(
      'RegistryUnavailable',
      `${host} names ${redact(challenge.realm)} for its tokens; an https URL is expected`,
    );
  }
  if (challenge.service !== null) realm.searchParams.set('service', challenge.service);
  realm.searchParams.set('scope', `repository:${path}:${options.actions}`);
  const what = `the token server ${realm.origin} of ${host}`;
  const response = await call(realm.href, what, options.dispatcher, {
    method: 'GET',
    headers: basic === null ? {} : { authorization: basic },
  });
  if (response.status === 400 || response.status === 401 || response.status === 403) {
    await response.body?.cancel();
    throw failure(
      denied,
      `${what} refuses ${basic === null ? 'anonymous access' : 'the login'} for ${path} (${response.status})`,
    );
  }
  await refuse(response, 'GET', what, options);
  return parseToken(await readBody(response, what, maxTokenBytes), what);
}

function parseToken(body: Buffer, what: string): string {
  try {
    return Token.parse(JSON.parse(body.toString('utf8')));
  } catch {
    // No cause: it would quote the answer.
    throw failure('RegistryUnavailable', `${what} answered without a token`);
  }
}

async function call(
  url: string,
  what: string,
  dispatcher: Dispatcher,
  init: { method: string; headers: Record<string, string>; body?: Buffer },
): Promise<Response> {
  try {
    return await fetch(url, { ...init, dispatcher });
  } catch (error) {
    const reason = rootCause(error);
    const advice = /certificate|self.signed|issuer/i.test(reason)
      ? '; add its CA to SLIPWAY_CA_BUNDLE'
      : '';
    throw failure('RegistryUnavailable', `${what} got no answer: ${redact(reason)}${advice}`);
  }
}

/** fetch says `fetch failed`; what happened is in the cause, several addresses in an AggregateError. */
function rootCause(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return rootCause(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : rootCause(error.cause);
}

async function refuse(
  response: Response,
  method: string,
  what: string,
  options: SessionOptions,
): Promise<void> {
  const problem = problemOf(response, options);
  if (problem === null) return;
  await response.body?.cancel();
  const { type, text, ...when } = problem;
  throw failure(type, `${what}: ${method} was answered with ${text}`, when);
}

interface Problem {
  readonly type: FailureType;
  readonly text: string;
  /** Milliseconds. */
  readonly retryAfter?: number;
}

function problemOf(response: Response, options: SessionOptions): Problem | null {
  const { status } = response;
  if (status === 401 || status === 403) {
    const who = options.login === null ? 'without a login' : 'with the given login';
    return { type: options.denied, text: `${status} ${who}` };
  }
  if (status === 429) {
    const after = response.headers.get('retry-after');
    const text = after === null ? '429' : `429, Retry-After: ${redact(after)}`;
    const retryAfter = retryDelay(after, Date.now());
    return {
      type: 'RegistryRateLimited',
      text,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }
  if (status >= 500) return { type: 'RegistryUnavailable', text: `${status}` };
  return null;
}
