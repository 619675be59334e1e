import { failurePolicies, infrastructureBudget, type FailureType } from '../contract/failures.ts';

/**
 * Whether another Pod follows a failed attempt.
 *
 * @param type what the attempt failed of
 * @param earlier what the attempts before it failed of
 */
export function decide(type: FailureType, earlier: readonly FailureType[]): 'retry' | 'fail' {
  const policy = failurePolicies[type];
  switch (policy.retry) {
    case 'infrastructure': {
      const losses = earlier.filter((other) => failurePolicies[other].retry === 'infrastructure');
      return losses.length < infrastructureBudget ? 'retry' : 'fail';
    }
    case 'attempt':
      return earlier.filter((other) => other === type).length < policy.budget ? 'retry' : 'fail';
    case 'wait':
    case 'never':
      return 'fail';
  }
}
