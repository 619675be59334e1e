import type { SweepPodsOutput } from './contract/activities.ts';
import { activities, sweepPolicy } from './internal/policies.ts';

/** Deletes the Pods whose container build is closed or gone, e.g. by a termination. Scheduled. */
export function sweepOrphans(): Promise<SweepPodsOutput> {
  return activities(sweepPolicy, 'Pods without a build').sweepPods();
}
