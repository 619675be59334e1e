import type {
  Application,
  BuiltContainer,
  Container,
  ExistingContainer,
} from '../../../workflows/contract/application.ts';

/** A container as the parser would hand it over; its context is `<component>/<name>`. */
export function builtContainer(
  component: string,
  name: string,
  change: Partial<BuiltContainer> = {},
): BuiltContainer {
  return {
    kind: 'build',
    name,
    init: false,
    carried: {},
    pullSecret: null,
    source: { git: 'https://git.test/shop.git', ref: 'main' },
    context: `${component}/${name}`,
    dockerfile: 'Dockerfile',
    template: 'none',
    templateArgs: {},
    unusedArguments: 'error',
    buildArgs: {},
    target: null,
    repository: `registry.test/shop/${component}-${name}`,
    tags: ['latest'],
    builder: null,
    builderFlags: [],
    reproducible: true,
    resources: {},
    timeouts: { queue: 600, build: 3600 },
    nodeSelector: {},
    tolerations: [],
    pushSecret: 'push',
    ...change,
  };
}

export function existingContainer(name: string): ExistingContainer {
  return {
    kind: 'existing',
    name,
    init: false,
    carried: {},
    pullSecret: null,
    image: `registry.test/${name}:1`,
  };
}

/** An application of built containers, given as names, and of what is given as it is. */
export function applicationOf(
  components: Readonly<Record<string, readonly (string | Container)[]>>,
  change: Partial<Application> = {},
): Application {
  return {
    name: 'shop',
    version: '1.4.0',
    maxParallel: 4,
    components: Object.entries(components).map(([name, containers]) => ({
      name,
      type: null,
      options: null,
      containers: containers.map((container) =>
        typeof container === 'string' ? builtContainer(name, container) : container,
      ),
    })),
    ...change,
  };
}

/** `prefix0`, `prefix1`, …: `count` names. */
export function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
