import type { V1Secret } from '@kubernetes/client-node';
import { failure } from '../../workflows/contract/failures.ts';

/** On every Secret that Slipway reads: what a person has said that it is for. */
const useLabel = 'slipway/use';

/** The hosts that a Secret is for, separated by commas; with port where it isn't the usual one. */
export const hostsAnnotation = 'slipway/hosts';

/**
 * Refuses a Secret that nobody has said is for this use, before anything in it is looked at.
 *
 * @param label how messages name the Secret
 * @throws SecretNotFound (as ApplicationFailure)
 */
export function checkUse(secret: V1Secret, use: 'git' | 'registry' | 'build', label: string): void {
  if (secret.metadata?.labels?.[useLabel] === use) return;
  throw failure('SecretNotFound', `${label} is not labelled \`${useLabel}: ${use}\``);
}

/** The hosts that the Secret is annotated for, as they are written; none where it has no annotation. */
export function annotatedHosts(secret: V1Secret): readonly string[] {
  return (secret.metadata?.annotations?.[hostsAnnotation] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
