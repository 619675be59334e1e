import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** An activity's context without a server; failures are the test's business, not the log's. */
export function activityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });
}

/** Runs an activity as a worker would. */
export async function runActivity<Input, Output>(
  activity: (input: Input) => Promise<Output>,
  input: Input,
  environment: MockActivityEnvironment = activityEnvironment(),
): Promise<Output> {
  return environment.run<[Input], Output, typeof activity>(activity, input);
}
