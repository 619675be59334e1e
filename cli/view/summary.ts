import type { BuildResult, ContainerFailure } from '../../workflows/contract/build.ts';
import { earlierAttempts, failureLines } from './failures.ts';
import { styles, type Painter } from './format.ts';

/**
 * What a person needs when the build has ended: images, packages, failures with their hints.
 *
 * @param failure what the build as a whole failed of; shown when no container says it
 */
export function summary(
  result: BuildResult,
  failure: ContainerFailure | null,
  paint: Painter,
): string {
  const version = result.version === null ? '' : ` ${result.version}`;
  return [
    `${paint('bold', `${result.application}${version}`)} ${paint(styles[result.status], result.status)}`,
    ...result.components.flatMap((component) => [
      ...component.containers
        .filter(({ image }) => image !== null)
        .flatMap(({ image, status, attempts }) => [
          `  ${paint(styles[status], status.padEnd(9))}  ${image}`,
          ...earlierAttempts(attempts).map((sentence) => `             ${sentence}`),
        ]),
      ...(component.package === null ? [] : [`  package    ${component.package.object}`]),
    ]),
    ...(result.package === null
      ? []
      : [`  package    ${result.package.object}`, `             sha256:${result.package.sha256}`]),
    ...failureLines(result, failure, paint),
  ].join('\n');
}
