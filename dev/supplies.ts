import { acquireTools } from './tools/acquire-tools.ts';
import { acquireServiceTools } from './tools/acquire-service-tools.ts';
import { makeBaseImages, makeImages } from './tools/images/make-images.ts';
import { pushImages } from './tools/images/push-images.ts';

/** Where `up` gets the programs and images that it runs; a parameter, so that tests can do without. */
export interface Supplies {
  readonly acquireTools: typeof acquireTools;
  readonly makeImages: typeof makeImages;
  readonly pushImages: typeof pushImages;
}

/** The same for an `up` with a cluster of the user's own. */
export interface ServiceSupplies {
  readonly acquireServiceTools: typeof acquireServiceTools;
  readonly makeBaseImages: typeof makeBaseImages;
  readonly pushImages: typeof pushImages;
}

/** The real ones: found, compiled, unpacked and made in the cache directory. */
export const cachedSupplies: Supplies & ServiceSupplies = {
  acquireTools,
  acquireServiceTools,
  makeImages,
  makeBaseImages,
  pushImages,
};
