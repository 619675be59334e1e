import { fetch, type Dispatcher, type Response } from 'undici';
import { z } from 'zod';
import { failure, type FailureType } from '../../workflows/contract/failures.ts';
import type { RegistryLogin } from '../support/secrets.ts';
import { redact } from '../support/redact.ts';
import { rootCause } from '../support/root-cause.ts';
import { readBody } from './read-body.ts';
import { retryDelay } from './retry-after.ts';
import { parseChallenge, type Challenge } from './www-authenticate.ts';

/** Requests about one repository of one host, with one login. */
export interface RegistrySession {
  /** e.g. `registry.example.com/shop/api`, for messages. */
  readonly repository: string;
  /**
   * Sends a request below `/v2/<path>/`, or to a URL of the registry's own origin, authorised where the
   * registry asks for it. Only HEAD and GET follow a redirect to another origin, without authorisation.
   * Throws `denied` for 401 and 403, `RegistryRateLimited`, `RegistryRefused` (a redirect), `RegistryUnavailable` (no answer, 5xx).
   */
  request(method: string, path: string, options?: RequestOptions): Promise<Response>;
  /** Whether a URL, e.g. the one that answered, is the registry's own: nothing of another is shown to people. */
  isOwn(url: string): boolean;
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
  const isOwn = (url: string): boolean => originOf(url) === originOf(base);
  // One session is a handful of requests: the first one's authorisation is good for the others.
  let authorization: string | null = null;

  async function send(method: string, url: string, extra: RequestOptions): Promise<Response> {
    return call(url, `${method} ${url}`, options.dispatcher, {
      method,
      headers: { ...extra.headers, ...(authorization === null ? {} : { authorization }) },
      ...(extra.body === undefined ? {} : { body: extra.body }),
      // With it, fetch shows the authorisation to no other origin.
      redirect: method === 'HEAD' || method === 'GET' ? 'follow' : 'manual',
    });
  }

  return {
    repository,
    isOwn,
    async request(method, below, extra = {}) {
      const url = new URL(below, base).href;
      if (!isOwn(url)) throw new RangeError(`${originOf(url)} is another origin than ${base}`);
      let response = await send(method, url, extra);
      // The login is for the registry: whom it redirects to may not ask for it.
      if (response.status === 401 && isOwn(response.url)) {
        const challenge = parseChallenge(response.headers.get('www-authenticate'));
        await response.body?.cancel();
        authorization = await authorize(challenge, options);
        if (authorization === null) {
          throw failure(denied, `${repository} asks for a login, and none was given for ${host}`);
        }
        response = await send(method, url, extra);
      }
      await refuse(response, method, repository, options, isOwn(response.url));
      return response;
    },
  };
}

function originOf(url: string): string {
  return new URL(url).origin;
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
    redirect: 'manual',
  });
  if (response.status === 400 || response.status === 401 || response.status === 403) {
    await response.body?.cancel();
    throw failure(
      denied,
      `${what} refuses ${basic === null ? 'anonymous access' : 'the login'} for ${path} (${response.status})`,
    );
  }
  await refuse(response, 'GET', what, options, false);
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

interface Call {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
  /** `manual`: to the same origin alone, with all that is sent. */
  readonly redirect: 'follow' | 'manual';
}

/** Redirects of one request inside an origin. */
const maxRedirects = 5;

async function call(
  url: string,
  what: string,
  dispatcher: Dispatcher,
  init: Call,
): Promise<Response> {
  let target = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await callOnce(target, what, dispatcher, init);
    const location = init.redirect === 'manual' ? redirectOf(response) : null;
    if (location === null) return response;
    await response.body?.cancel();
    if (originOf(location) !== originOf(url)) {
      throw failure(
        'RegistryRefused',
        `${originOf(url)} redirects the ${init.method} to ${originOf(location)}, which is not trusted with it; name the registry by the host that serves it`,
      );
    }
    target = location;
  }
  throw failure('RegistryRefused', `${originOf(url)} redirects the ${init.method} again and again`);
}

/** Where a redirect leads that asks for the same request again; null for every other answer. */
function redirectOf(response: Response): string | null {
  if (![301, 302, 307, 308].includes(response.status)) return null;
  return URL.parse(response.headers.get('location') ?? '', response.url)?.href ?? null;
}

async function callOnce(
  url: string,
  what: string,
  dispatcher: Dispatcher,
  init: Call,
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

async function refuse(
  response: Response,
  method: string,
  what: string,
  options: SessionOptions,
  isOwn: boolean,
): Promise<void> {
  const problem = problemOf(response, options, isOwn);
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

/** @param isOwn whether the registry itself has answered: nothing that others write is told */
function problemOf(response: Response, options: SessionOptions, isOwn: boolean): Problem | null {
  const { status } = response;
  if (status === 401 || status === 403) {
    const who = options.login === null ? 'without a login' : 'with the given login';
    const where = `by ${originOf(response.url)}, which gets no login`;
    return { type: options.denied, text: `${status} ${isOwn ? who : where}` };
  }
  if (status === 429) {
    const after = response.headers.get('retry-after');
    const text = after === null || !isOwn ? '429' : `429, Retry-After: ${redact(after)}`;
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
