import { ApplicationFailure } from '@temporalio/common';
import type { Response } from 'undici';
import { failure } from '../../workflows/contract/failures.ts';

/**
 * The body of an answer, which may be of any length: the other side is not ours.
 *
 * @param what names the answer in messages
 * @param limit bytes
 * @throws RegistryUnavailable (as ApplicationFailure) for a larger one, and one that breaks off
 */
export async function readBody(response: Response, what: string, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      length += bytes.length;
      if (length > limit) {
        throw failure('RegistryUnavailable', `${what} is larger than ${limit} bytes`);
      }
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    throw failure('RegistryUnavailable', `${what}: the answer broke off`, { cause: error });
  }
  return Buffer.concat(chunks);
}
