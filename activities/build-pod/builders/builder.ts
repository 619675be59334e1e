import { assertNever } from '../../../workflows/contract/assert-never.ts';
import type { BuilderName } from '../../../workflows/contract/application.ts';
import type { Builder } from '../pod-request.ts';
import { buildah } from './buildah.ts';
import { kaniko } from './kaniko.ts';

export function builderOf(name: BuilderName): Builder {
  switch (name) {
    case 'kaniko':
      return kaniko;
    case 'buildah':
      return buildah;
    default:
      return assertNever(name);
  }
}
