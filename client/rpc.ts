import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { summaryQuery } from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';
import {
  AccessDenied,
  BuildNotFound,
  InvalidConfiguration,
  ScheduleNotFound,
  ServiceUnreachable,
} from './errors.ts';

/** Nobody has answered, neither Temporal nor a worker: asking again later may help. */
export class NotAnswered extends ServiceUnreachable {}

/** As workers of TypeScript say it, and those of Go. */
const missingSummary = new RegExp(`(?:handler for|queryType) ${summaryQuery.name}\\b`);

type Place = Pick<SlipwayClient, 'address' | 'namespace'>;

/** What the call was about: where Temporal does not find it, the error says so. */
interface Asked {
  readonly build?: string;
  /** `<application>/<name>` */
  readonly schedule?: string;
}

/**
 * The library's own error for what a Temporal call threw: nothing of Temporal's or gRPC's own leaves
 * it. Other errors as they are.
 */
export function unreachable(place: Place, error: unknown, { build, schedule }: Asked = {}): Error {
  const cause = error instanceof ServiceError ? error.cause : error;
  const options = { cause: error };
  const temporal = `Temporal at ${place.address}`;
  if (isNamespaceMissing(cause)) {
    return new InvalidConfiguration(
      `${temporal} has no namespace "${place.namespace}"; TEMPORAL_NAMESPACE says which one is meant`,
      options,
    );
  }
  if (cause instanceof WorkflowNotFoundError && build !== undefined)
    return new BuildNotFound(`there is no build ${build} in this namespace`, options);
  if (cause instanceof ScheduleNotFoundError && schedule !== undefined)
    return new ScheduleNotFound(`there is no schedule ${schedule} in this namespace`, options);
  if (cause instanceof QueryNotRegisteredError) {
    return build !== undefined && missingSummary.test(cause.message)
      ? new BuildNotFound(`${build} is no build, but another workflow of this namespace`, options)
      : new ServiceUnreachable(`no worker can answer: ${cause.message}`, options);
  }
  if (isGrpcServiceError(cause)) return ofCode(place, cause.code, cause.details, options);
  const isTemporals =
    error instanceof ServiceError ||
    error instanceof WorkflowNotFoundError ||
    error instanceof ScheduleNotFoundError;
  if (isTemporals) {
    const details = cause instanceof Error ? cause.message : error.message;
    return new ServiceUnreachable(`${temporal} refuses the call: ${details}`, options);
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** By gRPC's codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
function ofCode(
  { address, namespace }: Place,
  code: number,
  details: string,
  options: ErrorOptions,
): Error {
  const temporal = `Temporal at ${address}`;
  switch (code) {
    // DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, UNAVAILABLE
    case 4:
    case 8:
    case 9:
    case 14:
      // "no poller seen …, worker may be down"
      return details.includes('worker')
        ? new NotAnswered(
            `no worker answered: ${details}; start one with \`slipway worker\`, or \`slipway dev up\``,
            options,
          )
        : new NotAnswered(`${temporal} does not answer: ${details}`, options);
    // CANCELLED, UNKNOWN, INTERNAL: proxies say that, and servers that are about to end.
    case 1:
    case 2:
    case 13:
      return new NotAnswered(`${temporal} gave up the call: ${details}`, options);
    // PERMISSION_DENIED
    case 7:
      return new AccessDenied(
        `${temporal} does not permit this in namespace "${namespace}": ${details}`,
        options,
      );
    // UNIMPLEMENTED
    case 12:
      return new ServiceUnreachable(
        `${temporal} does not know the call: ${details}; it is older than Slipway needs, or no Temporal`,
        options,
      );
    // UNAUTHENTICATED
    case 16:
      return new AccessDenied(`${temporal} refuses the login: ${details}`, options);
    default:
      return new ServiceUnreachable(
        details.includes('search attribute')
          ? `namespace "${namespace}" is not prepared: ${details}; a worker prepares it as it starts: \`slipway worker\``
          : `${temporal} refuses the call: ${details}`,
        options,
      );
  }
}

/** Temporal says so by an error of its own, or in a detail that proxies drop: then by its words alone. */
function isNamespaceMissing(cause: unknown): boolean {
  if (cause instanceof NamespaceNotFoundError) return true;
  if (isGrpcServiceError(cause)) return cause.code === 5 && /^namespace\b/i.test(cause.details);
  const isNotFound =
    cause instanceof WorkflowNotFoundError || cause instanceof ScheduleNotFoundError;
  return isNotFound && /^namespace\b/i.test(cause.message);
}

/** Milliseconds that a worker gets for an answer, for the first time it is asked, the second, … */
const queryDeadlines = [2_000, 5_000, 10_000, 20_000];

/**
 * Runs `query` under a deadline, again when no worker answered in time: a restarted worker replays
 * first, and a query that meets the end of its workflow can be lost.
 */
export async function answered<T>(temporal: Client, query: () => Promise<T>): Promise<T> {
  for (const deadline of queryDeadlines) {
    try {
      return await temporal.withDeadline(Date.now() + deadline, query);
    } catch (error) {
      if (deadline === queryDeadlines.at(-1) || !isLost(error)) throw error;
    }
  }
  throw new TypeError('no deadline to try');
}

/**
 * DEADLINE_EXCEEDED, and CANCELLED: a server under load says that as well of a query that it gave
 * up. What gRPC says of a call that this process took back is told by its text alone.
 */
function isLost(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(cause)) return false;
  return cause.code === 4 || (cause.code === 1 && cause.details !== 'Cancelled on client');
}
