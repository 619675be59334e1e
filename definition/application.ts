import type {
  Application,
  BuildSchedule,
  BuiltContainer,
  CarriedFields,
  Component,
  Container,
  Resources,
  Source,
  TemplateValue,
} from '../workflows/contract/application.ts';
import {
  fallbackRegistry,
  imageRepositoryName,
  templateByName,
  type Fallbacks,
} from './cross-checks.ts';
import { formatImageReference, parseImageReference } from './image-reference.ts';
import { normaliseCron } from './cron.ts';
import { normalisePath, parseDuration } from './rules.ts';
import type {
  Definition,
  DefinitionComponent,
  DefinitionContainer,
  DefinitionDefaults,
} from './schema.ts';
import type { DefinitionGitSource } from './source-schema.ts';
import type { DefinitionSchedule } from './schedule-schema.ts';

interface Surroundings {
  readonly registry: string | undefined;
  readonly source: Source | undefined;
  readonly defaults: DefinitionDefaults;
}

/** Applies all defaults to a definition that passed the schema and the cross-checks. */
export function toApplication(definition: Definition, fallbacks: Fallbacks): Application {
  const { metadata, spec } = definition;
  const surroundings: Surroundings = {
    registry: spec.registry ?? fallbackRegistry(fallbacks, metadata.name),
    source: spec.source === undefined ? fallbacks.source : toSource(spec.source),
    defaults: spec.defaults ?? {},
  };
  const { schedules = [] } = spec;
  const path = spec.source?.definition;
  return {
    name: metadata.name,
    version: spec.version ?? null,
    maxParallel: spec.maxParallel ?? 4,
    components: spec.components.map((component) => toComponent(component, surroundings)),
    ...(schedules.length === 0 ? {} : { schedules: schedules.map(toSchedule) }),
    ...(spec.source === undefined || path === undefined
      ? {}
      : {
          definition: {
            source: toSource(spec.source),
            path: normalisePath(path),
            ...(fallbacks.registry === undefined ? {} : { registry: fallbacks.registry }),
          },
        }),
  };
}

/** What is switched off is left out: a definition without the field gives the same. */
function toSource({ git, ref, secret, submodules, lfs }: DefinitionGitSource): Source {
  return {
    git,
    ref,
    ...(secret === undefined ? {} : { secret }),
    ...(submodules === true ? { submodules } : {}),
    ...(lfs === true ? { lfs } : {}),
  };
}

function toSchedule(schedule: DefinitionSchedule): BuildSchedule {
  const { name, cron = [], interval } = schedule;
  return {
    name,
    cron: (typeof cron === 'string' ? [cron] : cron).map(normaliseCron),
    interval: interval === undefined ? null : parseDuration(interval),
    timeZone: schedule.timeZone ?? 'UTC',
    jitter: parseDuration(schedule.jitter ?? '0s'),
    overlap: schedule.overlap ?? 'skip',
    catchUpWindow: parseDuration(schedule.catchUpWindow ?? '10m'),
    pauseOnFailure: schedule.pauseOnFailure ?? false,
    paused: schedule.paused ?? false,
  };
}

function toComponent(component: DefinitionComponent, surroundings: Surroundings): Component {
  const toContainers = (
    containers: readonly DefinitionContainer[] | undefined,
    init: boolean,
  ): readonly Container[] =>
    (containers ?? []).map((container) =>
      toContainer(component.name, container, init, surroundings),
    );
  return {
    name: component.name,
    type: component.type ?? null,
    options: component.options ?? null,
    containers: [
      ...toContainers(component.initContainers, true),
      ...toContainers(component.containers, false),
    ],
  };
}

function toContainer(
  component: string,
  own: DefinitionContainer,
  init: boolean,
  surroundings: Surroundings,
): Container {
  const container = withDefaults(own, surroundings.defaults);
  const common = {
    name: container.name,
    init,
    carried: carriedFields(container),
    pullSecret: container.pullSecret ?? null,
  };
  if (container.image !== undefined) {
    return { kind: 'existing', ...common, image: fullReference(container.image) };
  }

  const { secrets = [], cache } = container;
  const dockerfile = normalisePath(container.dockerfile ?? 'Dockerfile');
  const template = container.template ?? templateByName(dockerfile);
  return {
    kind: 'build',
    ...common,
    source:
      container.source === undefined
        ? required(surroundings.source, 'source')
        : toSource(container.source),
    context: normalisePath(container.context ?? '.'),
    dockerfile,
    template,
    // Inherited arguments mean nothing to a file that is not a template.
    templateArgs: template === 'none' ? {} : (container.templateArgs ?? {}),
    unusedArguments: container.unusedArguments ?? 'error',
    buildArgs: container.buildArgs ?? {},
    target: container.target ?? null,
    repository:
      container.repository ??
      imageRepositoryName(required(surroundings.registry, 'registry'), component, container.name),
    tags: container.tags ?? [],
    builder: container.builder ?? null,
    builderFlags: container.builderFlags ?? [],
    reproducible: container.reproducible ?? true,
    resources: { memory: '1Gi', ...defined(container.resources ?? {}) } satisfies Resources,
    timeouts: {
      queue: parseDuration(container.timeouts?.queue ?? '10m'),
      build: parseDuration(container.timeouts?.build ?? '30m'),
    },
    nodeSelector: container.nodeSelector ?? {},
    tolerations: (container.tolerations ?? []).map(defined),
    pushSecret: container.pushSecret ?? null,
    ...(secrets.length === 0
      ? {}
      : { secrets: secrets.map(({ id, secret, key }) => ({ id, secret, key: key ?? id })) }),
    ...(cache === undefined ? {} : { cache }),
  } satisfies BuiltContainer;
}

/** Mappings key by key, all else as a whole; `source` is one thing: half of another is none. */
function withDefaults(own: DefinitionContainer, defaults: DefinitionDefaults): DefinitionContainer {
  return {
    ...defaults,
    ...own,
    templateArgs: { ...defaults.templateArgs, ...own.templateArgs } satisfies Record<
      string,
      TemplateValue
    >,
    buildArgs: { ...defaults.buildArgs, ...own.buildArgs },
    resources: { ...defaults.resources, ...own.resources },
    timeouts: { ...defaults.timeouts, ...own.timeouts },
    nodeSelector: { ...defaults.nodeSelector, ...own.nodeSelector },
  };
}

function carriedFields({ command, args, env, ports }: DefinitionContainer): CarriedFields {
  return defined({ command, args, env, ports });
}

function fullReference(image: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok ? formatImageReference(parsed.reference) : image;
}

/** Without the fields that are undefined: they would not survive JSON. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new TypeError(`${field} passed the cross-checks without a value`);
  return value;
}
