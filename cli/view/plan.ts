import type { ContainerFailure } from '../../workflows/contract/build.ts';
import type { ContainerPlan } from '../../workflows/contract/messages.ts';
import { failureBlock } from './failures.ts';
import { oneLine, plainText } from './foreign-text.ts';
import type { Painter } from './format.ts';
import { longWhy } from './why.ts';

/** What a plan says of an application. */
export interface PlanText {
  readonly application: string;
  readonly containers: readonly ContainerPlan[];
  readonly failure: ContainerFailure | null;
  /** Rendered Dockerfiles by `<component>/<container>`, where they were asked for. */
  readonly dockerfiles?: ReadonlyMap<string, string>;
}

/** A plan for people: a verdict for each container, with its reasons, and the bill. */
export function planText(plan: PlanText, paint: Painter): string {
  const { application, containers, failure, dockerfiles } = plan;
  const failed = containers.some(({ result }) => result.failure !== null);
  return [
    paint('bold', containers.length === 0 ? application : `${application}: ${bill(containers)}`),
    ...containers.flatMap((container) => [
      ...containerLines(container, paint),
      ...indented(dockerfiles?.get(nameOf(container))),
    ]),
    ...(failure === null || failed ? [] : ['', ...failureBlock([application], failure, paint)]),
  ].join('\n');
}

function containerLines(plan: ContainerPlan, paint: Painter): readonly string[] {
  const { result, rendered, commit, warnings } = plan;
  if (result.failure !== null) return ['', ...failureBlock([nameOf(plan)], result.failure, paint)];
  const verdict = verdictOf(plan);
  return [
    `  ${nameOf(plan)}  ${paint(verdict === 'build' ? 'cyan' : 'green', verdict)}`,
    ...(result.why === undefined ? [] : longWhy(result.why).map((line) => `      ${line}`)),
    ...(result.image === null ? [] : [`      image ${result.image}`]),
    ...(commit === null ? [] : [`      commit ${commit}`]),
    ...(rendered?.bases ?? []).map(({ name, digest }) => `      base ${oneLine(name)} ${digest}`),
    ...warnings.map((warning) => `      ${paint('yellow', `warning: ${oneLine(warning)}`)}`),
  ];
}

/** `1 to build, 6 unchanged` */
function bill(containers: readonly ContainerPlan[]): string {
  const counts = Map.groupBy(containers, verdictOf);
  return (['build', 'unchanged', 'existing', 'failed', 'unknown'] as const)
    .map((verdict) => [counts.get(verdict)?.length ?? 0, words[verdict]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

const words = {
  build: 'to build',
  unchanged: 'unchanged',
  existing: 'existing',
  failed: 'would fail',
  unknown: 'not planned',
} as const;

function verdictOf({ result }: ContainerPlan): keyof typeof words {
  if (result.failure !== null) return 'failed';
  return result.why?.verdict ?? 'unknown';
}

function nameOf({ component, name }: ContainerPlan): string {
  return `${component}/${name}`;
}

function indented(text: string | undefined): readonly string[] {
  return text === undefined
    ? []
    : plainText(text)
        .trimEnd()
        .split('\n')
        .map((line) => `      | ${line}`);
}
