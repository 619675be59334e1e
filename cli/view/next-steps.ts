import type { BuildResult } from '../../workflows/contract/build.ts';

/** At most so many failed containers are named. */
const namedContainers = 3;

/** The commands that go on from a build that failed or was cancelled; of any other build none. */
export function nextSteps({ buildId, status, components }: BuildResult): readonly string[] {
  if (status !== 'failed' && status !== 'cancelled') return [];
  // Without an attempt there is no log.
  const printed = components.flatMap(({ name, containers }) =>
    containers
      .filter((container) => container.status === 'failed' && container.attempts.length > 0)
      .map((container) => `slipway logs ${buildId} ${name}/${container.name}`),
  );
  const commands = printed.slice(0, namedContainers);
  const retry = `slipway retry ${buildId}`;
  const width = Math.max(...[...commands, retry].map((command) => command.length));
  return [
    'Next:',
    ...commands.map((command) => `  ${command.padEnd(width)}  all that it printed`),
    `  ${retry.padEnd(width)}  builds what is missing, from the same commits`,
  ];
}
