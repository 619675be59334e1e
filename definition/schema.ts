import { z } from 'zod';
import type { BuilderName } from '../workflows/contract/application.ts';
import { flagForms } from './builder-flags.ts';
import {
  argumentName,
  buildSecretId,
  confinedFile,
  confinedPath,
  cpuQuantity,
  dnsLabel,
  environmentName,
  imageReference,
  imageRepository,
  imageTag,
  labelKey,
  labelValue,
  registryPrefix,
  secretKey,
  secretName,
  stageName,
} from './rules.ts';
import { schedule } from './schedule-schema.ts';
import { checked, durationOf, matching, usefulBytes, wholeNumber } from './schema-rules.ts';
import { containerSource, specSource } from './source-schema.ts';

const timeout = durationOf(['1s', '24h']);

const toleration = z
  .strictObject({
    key: matching(labelKey).optional().describe('Key of the taint; all taints when absent.'),
    operator: z.enum(['Exists', 'Equal']).optional().describe('Equal when absent.'),
    value: matching(labelValue).optional().describe('Value of the taint, for Equal.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('All effects when absent.'),
  })
  .describe('A Kubernetes toleration of the builder Pod.');

const buildSecret = z
  .strictObject({
    id: matching(buildSecretId).describe('As in RUN --mount=type=secret,id=<id>; unique.'),
    secret: matching(secretName).describe('Name of the Secret, labelled `slipway/use: build`.'),
    key: matching(secretKey).optional().describe('Key in the Secret; the id when absent.'),
  })
  .describe('One value of a Secret for the build.');

function describeFlags(builder: BuilderName): string {
  return `For ${builder}: ${flagForms(builder)
    .map(({ form }) => form)
    .join(', ')}.`;
}

/** What a container and `defaults` have in common: all but its name and files. */
const settings = {
  source: containerSource.optional().describe('A source of its own, instead of `spec.source`.'),
  template: z
    .enum(['none', 'handlebars', 'placeholder'])
    .optional()
    .describe(
      'How the Dockerfile is rendered; `placeholder` replaces `{{ NAME }}` alone. By name when absent: .hbs is handlebars, all else none.',
    ),
  templateArgs: z
    .record(
      matching(argumentName),
      z.union([z.string(), z.boolean(), z.array(z.string())], {
        error: 'a string, true or false, or a list of strings',
      }),
    )
    .optional()
    .describe('Arguments of the template; the only values that it sees.'),
  unusedArguments: z
    .enum(['error', 'warn'])
    .optional()
    .describe('What an argument that the template does not use is; error when absent.'),
  buildArgs: z
    .record(matching(argumentName), z.string())
    .optional()
    .describe('Values of ARG instructions. Never secrets: they are readable in the image.'),
  target: matching(stageName).optional().describe('The stage to build; the last one when absent.'),
  repository: checked(imageRepository)
    .optional()
    .describe('Image name, instead of `<registry>/<component>-<container>`.'),
  tags: z.array(matching(imageTag)).optional().describe('More tags, beside the version.'),
  builder: z
    .enum(['kaniko', 'buildah'])
    .optional()
    .describe('What builds the image; the installation’s default when absent.'),
  builderFlags: z
    .array(z.string())
    .optional()
    .describe(
      `Flags for the builder, \`--name=value\` each. ${describeFlags('kaniko')} ${describeFlags('buildah')}`,
    ),
  platforms: z
    .array(
      z.literal('linux/amd64', { error: 'linux/amd64; other platforms are not implemented yet' }),
    )
    .min(1, { error: 'one platform' })
    .max(1, { error: 'one platform; more are not implemented yet' })
    .optional()
    .describe('Platforms of the image; linux/amd64 alone for now.'),
  resources: z
    .strictObject({
      cpu: matching(cpuQuantity).optional().describe('E.g. "500m" or "2".'),
      memory: usefulBytes().optional().describe('E.g. "512Mi"; 1Gi when absent.'),
      ephemeralStorage: usefulBytes().optional().describe('E.g. "10Gi".'),
    })
    .optional()
    .describe('What the builder Pod gets, as Kubernetes quantities.'),
  timeouts: z
    .strictObject({
      queue: timeout.optional().describe('From the Pod’s creation to its start; 10m when absent.'),
      build: timeout.optional().describe('From the Pod’s start to its end; 30m when absent.'),
    })
    .optional()
    .describe('How long a step may take, e.g. "90s", "30m".'),
  nodeSelector: z
    .record(matching(labelKey), matching(labelValue))
    .optional()
    .describe('Labels of the nodes that the builder Pod may run on.'),
  tolerations: z.array(toleration).optional().describe('Taints that the builder Pod tolerates.'),
  pushSecret: matching(secretName)
    .optional()
    .describe('Secret (dockerconfigjson) with the login for pushing, by name.'),
  pullSecret: matching(secretName)
    .optional()
    .describe('Secret (dockerconfigjson) with the login for base images, by name.'),
  secrets: z
    .array(buildSecret)
    .optional()
    .describe('Values for RUN --mount=type=secret; in no layer of the image.'),
  cache: z
    .strictObject({
      repository: checked(imageRepository).describe('<registry host>/<path>, without tag.'),
    })
    .optional()
    .describe('Where layers are kept between builds; no cache when absent.'),
  reproducible: z
    .boolean()
    .optional()
    .describe('Whether equal inputs give an equal image, byte for byte; true when absent.'),
  command: z.array(z.string()).optional().describe('Carried into the package as it is.'),
  args: z.array(z.string()).optional().describe('Carried into the package as it is.'),
  env: z
    .array(matching(environmentName))
    .optional()
    .describe('Names of environment variables; carried into the package as they are.'),
  ports: z
    .array(wholeNumber(1, 65_535, 'a port from 1 to 65535'))
    .optional()
    .describe('Carried into the package as they are.'),
};

const defaults = z
  .strictObject(settings)
  .describe(
    'For every container that does not say otherwise. Mappings are merged key by key, except `source`; all else is replaced.',
  );

const container = z
  .strictObject({
    name: matching(dnsLabel).describe('Unique among the component’s containers.'),
    image: checked(imageReference)
      .optional()
      .describe('An image that exists already: verified, not built.'),
    context: checked(confinedPath)
      .optional()
      .describe('Directory in the repository; the whole of it when absent.'),
    dockerfile: checked(confinedFile)
      .optional()
      .describe('Relative to the context; Dockerfile when absent.'),
    ...settings,
  })
  .describe('One image: built from source, or existing.');

/** A component's results are one answer of its build, and Temporal allows 2 MB for that. */
const containers = z.array(container).max(100, { error: 'at most 100 containers' });

const component = z
  .strictObject({
    name: matching(dnsLabel).describe('Unique in the application.'),
    type: z.string().optional().describe('Carried into the package as it is.'),
    options: z
      .unknown()
      .refine(isJson, { error: 'values that JSON has' })
      .optional()
      .describe('Carried into the package as it is.'),
    initContainers: containers.optional().describe('Run before the containers.'),
    containers: containers.optional().describe('At least one, or an init container.'),
  })
  .describe('A part of the application that is packaged on its own.');

/** An application definition, as it is written. */
export const Definition = z
  .strictObject({
    apiVersion: z.literal('slipway/v1').describe('Version of this schema.'),
    kind: z.literal('Application').describe('What this document defines.'),
    metadata: z
      .strictObject({ name: matching(dnsLabel).describe('Name of the application.') })
      .describe('What identifies the application.'),
    spec: z
      .strictObject({
        version: matching(imageTag)
          .optional()
          .describe('Published once; derived from the inputs when absent.'),
        registry: checked(registryPrefix)
          .optional()
          .describe('Images are <registry>/<component>-<container>.'),
        source: specSource.optional(),
        schedules: z
          .array(schedule)
          .optional()
          .describe('When the application is built without anybody asking.'),
        maxParallel: wholeNumber(1, 100, 'a whole number from 1 to 100')
          .optional()
          .describe('Container builds in flight at once; 4 when absent.'),
        defaults: defaults.optional(),
        components: z
          .array(component)
          .min(1, { error: 'at least one component' })
          .describe('The parts of the application.'),
      })
      .describe('What the application consists of.'),
  })
  .describe('An application for Slipway to build.');

export type Definition = z.infer<typeof Definition>;
export type DefinitionContainer = z.infer<typeof container>;
export type DefinitionDefaults = z.infer<typeof defaults>;
export type DefinitionComponent = z.infer<typeof component>;

/** Fields of a container that mean nothing for an image that exists already. */
export const buildFields: readonly string[] = [
  'context',
  'dockerfile',
  ...Object.keys(settings),
].filter((field) => !['pullSecret', 'command', 'args', 'env', 'ports'].includes(field));

/** The schema for editors: JSON Schema draft 7, which YAML language servers read. */
export function definitionJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(Definition, { io: 'input', target: 'draft-7' });
  return { $schema, title: 'Slipway application, slipway/v1', ...rest };
}

/** Not so: cycles by aliases, `.inf` and `.nan`, which JSON.stringify refuses or turns into null. */
function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner === 'number' && !Number.isFinite(inner)) throw new TypeError('not in JSON');
      return inner;
    });
    return true;
  } catch {
    return false;
  }
}
