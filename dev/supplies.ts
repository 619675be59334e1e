import { acquireTools } from './tools/acquire-tools.ts';
import { makeImages } from './tools/images/make-images.ts';
import { pushImages } from './tools/images/push-images.ts';

/** Where `up` gets the programs and images that it runs; a parameter, so that tests can do without. */
export interface Supplies {
  readonly acquireTools: typeof acquireTools;
  readonly makeImages: typeof makeImages;
  readonly pushImages: typeof pushImages;
}

/** The real ones: found, compiled, unpacked and made in the cache directory. */
export const cachedSupplies: Supplies = { acquireTools, makeImages, pushImages };
