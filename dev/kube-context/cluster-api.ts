import { z } from 'zod';

import { type Answer, type Connection, send } from '../cluster/request.ts';
import { ClusterUnusable } from './cluster-unusable.ts';
import type { KubeContext } from './kubeconfig.ts';

/** The API server of the user's cluster. */
export interface ClusterApi {
  /** The context's name, for messages. */
  readonly context: string;
  /**
   * One request with the context's login; what the server answers is returned, whatever its status.
   *
   * @throws ClusterUnusable when there is no answer within 10 s
   */
  readonly call: (method: Method, path: string, body?: object) => Promise<Answer>;
  /**
   * As `call`, for answers that have to be good.
   *
   * @param purpose what the request is for, e.g. `create the namespace slipway`
   * @param alsoGood further statuses that are fine besides 2xx
   * @throws ClusterUnusable with the server's reason otherwise
   */
  readonly expect: (
    purpose: string,
    request: readonly [method: Method, path: string, body?: object],
    alsoGood?: readonly number[],
  ) => Promise<Answer>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Milliseconds for one request. */
const timeout = 10_000;

const Status = z.object({ message: z.string().optional() });

/**
 * Opens the cluster of a context and proves that it answers to the context's user.
 *
 * @throws ClusterUnusable when it doesn't
 */
export async function openCluster(context: KubeContext): Promise<ClusterApi> {
  const base = context.server.replace(/\/$/, '');
  const call: ClusterApi['call'] = async (method, path, body) => {
    try {
      return await send(`${base}${path}`, {
        method,
        timeout,
        connection: await connectionOf(context),
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': contentType(method) }, body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new ClusterUnusable(
        `The API server ${context.server} of the context ${context.name} doesn't answer: ${(cause as Error).message || (cause as NodeJS.ErrnoException).code}.`,
        { cause },
      );
    }
  };
  const api: ClusterApi = {
    context: context.name,
    call,
    async expect(purpose, request, alsoGood = []) {
      const answer = await call(...request);
      const { status } = answer;
      if ((status >= 200 && status < 300) || alsoGood.includes(status)) return answer;
      // The API server repeats a Secret's content in some errors.
      const said = request[1].includes('/secrets') ? '' : `: ${messageOf(answer)}`;
      throw new ClusterUnusable(
        `The cluster of the context ${context.name} refuses to ${purpose} (status ${status}${said}).`,
      );
    },
  };
  await api.expect('tell its version', ['GET', '/version']);
  return api;
}

async function connectionOf({ config }: KubeContext): Promise<Connection> {
  const options: Connection = { headers: {} };
  await config.applyToHTTPSOptions(options);
  return options;
}

/** PATCH is server-side apply, for which JSON is YAML. */
function contentType(method: Method): string {
  return method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
}

function messageOf({ body }: Answer): string {
  try {
    return Status.parse(JSON.parse(body)).message ?? body.slice(0, 300);
  } catch {
    return body.slice(0, 300);
  }
}
