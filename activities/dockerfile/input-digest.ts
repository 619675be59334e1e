import type { BuilderName } from '../../workflows/contract/application.ts';
import { digestOf } from '../support/digest.ts';

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
  /** A RUN may do without a secret, so that another image comes out with it. Never a value or a Secret's name. */
  readonly secretIds?: readonly string[];
  /** See `LayerCacheUse`: the same files in other layers. */
  readonly layered?: boolean;
}

/** Changed when the same inputs have to lead to another image than before. */
const version = 'slipway/input/v1';

/** `sha256:<hex>` of the inputs; equal for equal inputs, whatever the order of their maps. */
export function inputDigest(inputs: ImageInputs): string {
  return digestOf(encodeInputs(inputs));
}

/**
 * The inputs as one text, no two alike. A list in a fixed order as JSON: quoting keeps neighbours
 * apart, and unlike an object its order is given. Only the digest of the builder's image counts:
 * the same builder under another name builds the same.
 */
export function encodeInputs(inputs: ImageInputs): string {
  const { secretIds = [], layered = false } = inputs;
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
    // Absent where not used: the digests of builds without them stay what they were.
    ...(secretIds.length === 0 && !layered ? [] : [secretIds.toSorted(), layered]),
  ]);
}
