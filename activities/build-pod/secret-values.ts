import { ApplicationFailure } from '@temporalio/common';
import type { BuildSecret } from '../../workflows/contract/application.ts';
import type { FailureType } from '../../workflows/contract/failures.ts';
import type { Secrets } from '../support/secrets.ts';

/** Characters: shorter texts are in many a line by accident. */
const shortest = 6;

/**
 * What a RUN may print of the build-time secrets that it is given: their values, line by line, and
 * encoded as a header or a configuration has them. A second line behind the mount alone: what a
 * command makes of a value otherwise is not known here.
 *
 * A Secret that has gone since the Pod was made has no values. Throws `ClusterUnavailable`.
 */
export async function secretValues(
  secrets: Pick<Secrets, 'buildValue'>,
  wanted: readonly BuildSecret[],
): Promise<readonly string[]> {
  const values = await Promise.all(wanted.map(({ secret, key }) => valueOf(secrets, secret, key)));
  return [...new Set(values.flatMap(textsOf))];
}

async function valueOf(
  secrets: Pick<Secrets, 'buildValue'>,
  name: string,
  key: string,
): Promise<string> {
  try {
    return await secrets.buildValue(name, key);
  } catch (error) {
    const isGone =
      error instanceof ApplicationFailure &&
      error.type === ('SecretNotFound' satisfies FailureType);
    if (isGone) return '';
    throw error;
  }
}

function textsOf(value: string): readonly string[] {
  const lines = value.split('\n').map((line) => line.trim());
  return [...lines, value.trim(), value]
    .flatMap((text) => [text, Buffer.from(text).toString('base64')])
    .filter((text) => text.length >= shortest && !text.includes('\n'));
}
