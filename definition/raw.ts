import type { Path } from './problem.ts';

/* Views of a value of unknown shape: what has another shape is passed over. */

export type Mapping = Readonly<Record<string, unknown>>;
export interface Entry {
  readonly path: Path;
  readonly fields: Mapping;
}

export function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function entries(value: unknown, path: Path): readonly Entry[] {
  return list(value).flatMap((fields, index) =>
    typeof fields === 'object' && fields !== null && !Array.isArray(fields)
      ? [{ path: [...path, index], fields: fields as Mapping }]
      : [],
  );
}
