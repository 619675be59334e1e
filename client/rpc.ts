import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { BuildNotFound, ServiceUnreachable } from './errors.ts';

/** gRPC codes of a server that is away or busy (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const awayCodes: readonly number[] = [4, 8, 14];

/** The client's own error for what a Temporal call threw; other errors as they are. */
export function unreachable(error: unknown, build?: string): Error {
  if (error instanceof WorkflowNotFoundError && build !== undefined) {
    return new BuildNotFound(`there is no build ${build} in this namespace`, { cause: error });
  }
  const cause = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(cause) && awayCodes.includes(cause.code)) {
    return new ServiceUnreachable(`Temporal does not answer: ${cause.details}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
