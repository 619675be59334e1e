import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { z } from 'zod';
import type { ReadRequest } from '../workflows/contract/activities.ts';
import { readObjectsType, type ReadObjects } from '../workflows/contract/messages.ts';
import type { SlipwayClient } from './connect.ts';
import { ReadRefused, ServiceUnreachable } from './errors.ts';
import { unreachable } from './rpc.ts';
import { createSealedReader } from './unseal.ts';

/** The right to read some objects for some minutes: its URLs are credentials. */
export interface Grant {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** PEM text of the CAs of the store, null for none but the system's. */
  readonly caBundle: string | null;
  /** In the request's order: for an object its URL, for a log the joined object's, then the parts'. */
  readonly urls: readonly (readonly string[])[];
}

const SealedGrant = z.object({
  expiresAt: z.iso.datetime().transform((text) => Date.parse(text)),
  caBundle: z.string().nullable(),
  urls: z.array(z.array(z.url({ protocol: /^https?$/ }))),
});

/**
 * Asks a worker for URLs that read the objects. A short workflow carries the question, and the
 * answer is sealed to a key of this call's own: what Temporal keeps of it opens nothing.
 *
 * @param timeout milliseconds that workers get to answer
 * @throws ReadRefused, ServiceUnreachable, InvalidConfiguration
 */
export async function grantReads(
  client: SlipwayClient,
  reads: readonly ReadRequest[],
  timeout = 60_000,
): Promise<Grant> {
  const { temporal, taskQueue } = client;
  const reader = createSealedReader();
  try {
    const { sealed } = await temporal.workflow.execute<ReadObjects>(readObjectsType, {
      workflowId: `slipway-read/${randomUUID()}`,
      taskQueue,
      args: [{ reads, publicKey: reader.publicKey }],
      workflowExecutionTimeout: timeout,
    });
    return SealedGrant.parse(JSON.parse(reader.unseal(sealed)));
  } catch (error) {
    throw asked(client, error);
  }
}

function asked(client: SlipwayClient, error: unknown): Error {
  if (!(error instanceof WorkflowFailedError)) return unreachable(client, error);
  const { cause } = error;
  // The innermost failure is the activity's own.
  const reason = cause?.cause instanceof Error ? cause.cause : cause;
  if (reason instanceof ApplicationFailure && reason.type === 'InvalidDefinition')
    return new ReadRefused(reason.message, { cause: error });
  const what =
    reason === undefined || reason instanceof TimeoutFailure
      ? 'no worker answered in time; start one with `slipway worker`, or `slipway dev up`'
      : `no worker could: ${reason.message}`;
  return new ServiceUnreachable(
    `the right to read from the object store was asked for, but ${what}`,
    {
      cause: error,
    },
  );
}
