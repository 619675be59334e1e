import { ApiException } from '@kubernetes/client-node';
import type { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { failure } from '../../workflows/contract/failures.ts';
import { redact } from '../support/redact.ts';
import { rootCause } from '../support/root-cause.ts';

/** The body of an error response is the JSON text of a `Status` object. */
const Status = z.object({ message: z.string().optional(), reason: z.string().optional() });

/** The response's code, or null when there was no response. */
export function responseCode(error: unknown): number | null {
  return error instanceof ApiException ? error.code : null;
}

/**
 * The failure that an error of the Kubernetes API stands for.
 *
 * - no answer, 408, 429, 5xx, and 409 (somebody else was faster) → `ClusterUnavailable`
 * - 401 and 403 that are about the worker itself → `ClusterUnavailable`: its account, not the Pod
 * - 403 `exceeded quota` → `QuotaExceeded`
 * - 400, 403 of an admission rule, 404 (no such namespace), 422 → `PodRejected`
 *
 * What the API says is redacted.
 *
 * @param action what was tried, e.g. `creating Pod ns/name`
 */
export function kubernetesFailure(action: string, error: unknown): ApplicationFailure {
  const code = responseCode(error);
  if (!(error instanceof ApiException) || code === null) {
    const reason = redact(rootCause(error));
    return failure(
      'ClusterUnavailable',
      `${action}: the Kubernetes API did not answer: ${reason}`,
      { cause: new Error(reason) },
    );
  }
  const message = statusMessage(error);
  const text = `${action}: ${code} ${message}`;
  if (code === 403 && /exceeded quota/i.test(message)) return failure('QuotaExceeded', text);
  if (code === 401 || (code === 403 && /User "[^"]*" cannot /.test(message))) {
    return failure(
      'ClusterUnavailable',
      `${text}: grant the worker's account this in the build namespace`,
    );
  }
  if ([400, 403, 404, 413, 422].includes(code)) return failure('PodRejected', text);
  return failure('ClusterUnavailable', text);
}

/**
 * Redacted: admission rules quote the Pod that they refuse, the context's URL in it. The exception
 * itself is not kept as a cause: its message quotes headers and the whole body.
 */
function statusMessage(error: ApiException<unknown>): string {
  const body = typeof error.body === 'string' ? parseJson(error.body) : error.body;
  const status = Status.safeParse(body);
  if (status.success && status.data.message !== undefined) return redact(status.data.message);
  return typeof error.body === 'string' ? redact(error.body).slice(0, 200) : 'without a message';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
