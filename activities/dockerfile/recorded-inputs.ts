import { z } from 'zod';
import type {
  BuilderRef,
  ContainerIdentity,
  ContextRef,
  InputsRecord,
  PinnedImage,
  RecordedInputs,
} from '../../workflows/contract/activities.ts';
import type { BuiltContainer } from '../../workflows/contract/application.ts';
import { digestOf } from '../support/digest.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { encodeInputs, type ImageInputs } from './input-digest.ts';

/** Names of build arguments have no dot, so that no template argument can be taken for one. */
export const templateArgumentPrefix = 'templateArgs.';

/** It travels through the workflow's history, from the rendering to the proof of the image. */
const maxRecordBytes = 32 * 1024;

/** Key of the record of a container's last proved image. */
export function inputsObject(
  { application, component }: Pick<ContainerIdentity, 'application' | 'component'>,
  container: string,
): string {
  return `inputs/${application}/${component}/${container}.json`;
}

/** What is known once a Dockerfile is rendered and pinned. */
export interface RenderedInputs {
  readonly commit: string;
  readonly context: ContextRef;
  readonly container: Pick<BuiltContainer, 'templateArgs'>;
  /** Rendered, before it was pinned. */
  readonly dockerfile: string;
  readonly bases: readonly PinnedImage[];
  readonly builder: BuilderRef;
  readonly image: ImageInputs;
  readonly inputDigest: string;
}

/** What a container is built from, so that a later build can tell what changed; at most 32 KiB. */
export function recordedInputs(rendered: RenderedInputs): RecordedInputs {
  const { commit, context, container, dockerfile, bases, builder, image, inputDigest } = rendered;
  return bounded({
    inputDigest,
    commit,
    context: context.digest,
    dockerfile: digestOf(dockerfile),
    arguments: {
      ...image.buildArgs,
      ...Object.fromEntries(
        Object.entries(container.templateArgs).map(([name, value]) => [
          `${templateArgumentPrefix}${name}`,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      ),
    },
    bases,
    builder,
    settings: settingsDigest(image),
  });
}

/** Of whatever the input digest covers beside what the record has by itself. */
function settingsDigest(image: ImageInputs): string {
  return digestOf(
    encodeInputs({
      ...image,
      contextDigest: '',
      dockerfile: '',
      buildArgs: {},
      builder: 'kaniko',
      builderImage: '',
    }),
  );
}

/** Long arguments become their digests; if that is not enough, all of them one digest, and all bases. */
function bounded(inputs: RecordedInputs): RecordedInputs {
  if (bytesOf(inputs) <= maxRecordBytes) return inputs;
  const short = {
    ...inputs,
    arguments: Object.fromEntries(
      Object.entries(inputs.arguments).map(([name, value]) => [name, shortened(value)]),
    ),
  };
  if (bytesOf(short) <= maxRecordBytes) return short;
  return {
    ...inputs,
    arguments: { '*': digestOf(JSON.stringify(sorted(inputs.arguments))) },
    bases: [{ name: '*', digest: digestOf(JSON.stringify(inputs.bases)) }],
  };
}

function shortened(value: string): string {
  const digest = digestOf(value);
  return value.length > digest.length ? digest : value;
}

function sorted(record: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function bytesOf(inputs: RecordedInputs): number {
  return Buffer.byteLength(JSON.stringify(inputs));
}

const Inputs = z.object({
  inputDigest: z.string(),
  commit: z.string(),
  context: z.string(),
  dockerfile: z.string(),
  arguments: z.record(z.string(), z.string()),
  bases: z.array(z.object({ name: z.string(), digest: z.string() })),
  builder: z.object({ name: z.enum(['kaniko', 'buildah']), image: z.string() }),
  settings: z.string(),
});

/**
 * The record under this key; null when there is none, or none of this version: it explains a
 * build, nothing depends on it.
 *
 * @throws StorageUnavailable
 */
export async function readInputs(
  store: Pick<ObjectStore, 'get'>,
  object: string,
): Promise<RecordedInputs | null> {
  const record = await store.get(object);
  if (record === null) return null;
  try {
    return Inputs.parse(JSON.parse(record.toString('utf8')));
  } catch {
    return null;
  }
}

/**
 * Writes the record. Of two builds that prove an image at once, the later one's is kept.
 *
 * @throws StorageUnavailable
 */
export async function writeInputs(
  store: Pick<ObjectStore, 'put'>,
  { object, inputs }: InputsRecord,
): Promise<void> {
  await store.put(object, Buffer.from(JSON.stringify(inputs)), 'application/json');
}
