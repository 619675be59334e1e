import { type RequestOptions as ConnectionOptions, request } from 'node:https';
import { type OutgoingHttpHeaders, request as plainRequest } from 'node:http';

/** What a connection needs besides its address, as Node takes it. */
export type Connection = Omit<ConnectionOptions, 'headers'> & {
  readonly headers?: OutgoingHttpHeaders;
};

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM of the authority to trust; needed for https. */
  readonly ca?: string;
  /** PEM of a client certificate and its key. */
  readonly certificate?: string;
  readonly key?: string;
  /** Credentials, authority and agent as a kubeconfig gives them, instead of the three above. */
  readonly connection?: Connection;
  /** Milliseconds; 2 s by default. */
  readonly timeout?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * One HTTP request to a service of the instance. Not `fetch`: that has no way to name an authority
 * or a client certificate. Not the Kubernetes client: loading it takes longer than `up` may.
 *
 * @throws Error when no answer arrives in time
 */
export function send(url: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = (url.startsWith('https:') ? request : plainRequest)(
      url,
      {
        agent: false,
        ...options.connection,
        method: options.method ?? 'GET',
        headers: { ...options.connection?.headers, ...options.headers },
        timeout: options.timeout ?? 2000,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(options.certificate === undefined ? {} : { cert: options.certificate }),
        ...(options.key === undefined ? {} : { key: options.key }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    outgoing.once('timeout', () => {
      outgoing.destroy(new Error(`${url} gave no answer in time.`));
    });
    outgoing.once('error', reject);
    outgoing.end(options.body);
  });
}

/** @throws Error unless the answer's status is 200 */
export async function expectOk(url: string, options: RequestOptions = {}): Promise<Answer> {
  const answer = await send(url, options);
  if (answer.status !== 200)
    throw new Error(`${url} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
  return answer;
}
