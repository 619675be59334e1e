import type {
  BuildResult,
  ContainerFailure,
  ContainerResult,
} from '../../workflows/contract/build.ts';
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
      ...component.containers.flatMap((one) => containerLines(component.name, one, paint)),
      ...(component.package === null ? [] : [`  package    ${component.package.object}`]),
    ]),
    ...(result.package === null
      ? []
      : [`  package    ${result.package.object}`, `             sha256:${result.package.sha256}`]),
    ...failureLines(result, failure, paint),
  ].join('\n');
}

/** Its image, or what it had tried when it was cancelled; failures have their own place. */
function containerLines(
  component: string,
  { name, status, image, attempts }: ContainerResult,
  paint: Painter,
): readonly string[] {
  const earlier = earlierAttempts(attempts);
  if (image === null && (status !== 'cancelled' || earlier.length === 0)) return [];
  return [
    `  ${paint(styles[status], status.padEnd(9))}  ${image ?? `${component}/${name}`}`,
    ...earlier.map((sentence) => `             ${sentence}`),
  ];
}
