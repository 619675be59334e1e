import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { z } from 'zod';
import { buildIdentity } from './build-identity.ts';
import type { Metrics } from './metrics.ts';
import { observeFailure, observeResult, type Observation } from './observations.ts';

const WithAttempt = z.object({ attempt: z.object({ generation: z.number() }) });

/**
 * Watches every activity of a worker from outside: its metrics, and the build that each of its log
 * lines is about. In a log line `attempt` is the builder Pod's number, as everywhere in Slipway;
 * Temporal's count of tries is `activityAttempt`.
 *
 * @param now milliseconds, monotonic
 */
export function activityTelemetry(
  metrics: Metrics,
  now: () => number,
): ActivityInterceptorsFactory {
  const record = (observations: readonly Observation[]): void => {
    for (const { name, value, labels } of observations) metrics.record(name, value, labels);
  };
  return ({ info }) => {
    let attempt: number | undefined;
    return {
      inbound: {
        async execute(input, next) {
          const parsed = WithAttempt.safeParse(input.args[0]);
          attempt = parsed.success ? parsed.data.attempt.generation : undefined;
          const started = now();
          const seconds = (): number => (now() - started) / 1_000;
          try {
            const result = await next(input);
            record(observeResult(info.activityType, seconds(), result));
            return result;
          } catch (error) {
            record(observeFailure(info.activityType, seconds(), error));
            throw error;
          }
        },
      },
      outbound: {
        getLogAttributes(input, next) {
          const { attempt: activityAttempt, taskToken: _, ...attributes } = next(input);
          return {
            ...attributes,
            activityAttempt,
            ...(info.workflowExecution === undefined
              ? {}
              : buildIdentity(info.workflowExecution.workflowId)),
            ...(attempt === undefined ? {} : { attempt }),
          };
        },
      },
    };
  };
}
