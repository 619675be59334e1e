import { createHash } from 'node:crypto';
import type { BuilderName } from '../../workflows/contract/application.ts';

/** Everything that makes an image what it is. */
export interface ImageInputs {
  readonly contextDigest: string;
  /** Text, every base pinned. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly platform: string;
  readonly reproducible: boolean;
  readonly builder: BuilderName;
  readonly builderImage: string;
  readonly builderFlags: readonly string[];
}

/** Changed when the same inputs have to lead to another image than before. */
const version = 'slipway/input/v1';

/** `sha256:<hex>` of the inputs; equal for equal inputs, whatever the order of their maps. */
export function inputDigest(inputs: ImageInputs): string {
  return `sha256:${createHash('sha256').update(encodeInputs(inputs)).digest('hex')}`;
}

/**
 * The inputs as one text, no two alike. A list of fixed length as JSON: quoting keeps neighbours
 * apart, and unlike an object its order is given. Only the digest of the builder's image counts:
 * the same builder under another name builds the same.
 */
export function encodeInputs(inputs: ImageInputs): string {
  return JSON.stringify([
    version,
    inputs.contextDigest,
    inputs.dockerfile,
    Object.entries(inputs.buildArgs).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    inputs.target,
    inputs.platform,
    inputs.reproducible,
    inputs.builder,
    inputs.builderImage.replace(/^.*@/, ''),
    inputs.builderFlags,
  ]);
}
