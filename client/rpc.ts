import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { BuildNotFound, ServiceUnreachable } from './errors.ts';

/** gRPC codes of a server that is away or busy (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const awayCodes: readonly number[] = [4, 8, 14];
/** And of one that has nobody to ask: "no poller seen …, worker may be down" is FAILED_PRECONDITION. */
const unansweredCodes: readonly number[] = [...awayCodes, 9];

/** The client's own error for what a Temporal call threw; other errors as they are. */
export function unreachable(error: unknown, build?: string): Error {
  if (error instanceof WorkflowNotFoundError && build !== undefined) {
    return new BuildNotFound(`there is no build ${build} in this namespace`, { cause: error });
  }
  const cause = error instanceof ServiceError ? error.cause : error;
  if (
    isGrpcServiceError(cause) &&
    unansweredCodes.includes(cause.code) &&
    cause.details.includes('worker')
  ) {
    return new ServiceUnreachable(
      `no worker answered: ${cause.details}; start one with \`slipway worker\`, or \`slipway dev up\``,
      { cause: error },
    );
  }
  if (isGrpcServiceError(cause) && awayCodes.includes(cause.code)) {
    return new ServiceUnreachable(`Temporal does not answer: ${cause.details}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
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
