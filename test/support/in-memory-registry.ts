import type { Registry } from '../../activities/registry/registry.ts';
import { failure } from '../../workflows/contract/failures.ts';

export interface InMemoryRegistry extends Registry {
  /** Full reference → digest, for tests to plant. */
  readonly images: Map<string, string>;
  /** Full references for which only this Secret has a login; others are asked without. */
  readonly secrets: Map<string, string>;
  /** Every question, in order. */
  readonly asked: { readonly reference: string; readonly secret: string | null }[];
}

/** The `Registry` contract without a server: for units only. */
export function createInMemoryRegistry(): InMemoryRegistry {
  const images = new Map<string, string>();
  const secrets = new Map<string, string>();
  const asked: InMemoryRegistry['asked'] = [];

  return {
    images,
    secrets,
    asked,
    async resolve(reference, secret) {
      asked.push({ reference, secret });
      const needed = secrets.get(reference) ?? null;
      if (secret !== null && secret !== needed) {
        throw failure('SecretNotFound', `${secret} is not for the host of ${reference}`);
      }
      if (needed !== secret) throw failure('BaseImageDenied', `${reference} is denied`);
      const [, digest] = reference.split('@');
      return images.get(reference) ?? digest ?? null;
    },
    async resolvePushed(reference, secret) {
      asked.push({ reference, secret });
      return images.get(reference) ?? null;
    },
    async tag(repository, digest, tag) {
      images.set(`${repository}:${tag}`, digest);
    },
    async checkPush() {},
  };
}
