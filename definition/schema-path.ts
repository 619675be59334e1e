import { z } from 'zod';
import type { Path } from './problem.ts';
import { Definition } from './schema.ts';

type Schema = z.core.$ZodType;

/** The schema of what is at the path; null where it has nothing there. */
export function schemaAt(path: Path): Schema | null {
  let schema: Schema | null = Definition;
  for (const part of path) schema = schema === null ? null : inside(schema, part);
  return schema;
}

/** The fields that the schema knows in the mapping at the path. */
export function keysAt(path: Path): readonly string[] {
  const schema = unwrap(schemaAt(path));
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Those of `keysAt` that the mapping has to have. */
export function requiredKeysAt(path: Path): readonly string[] {
  return keysAt(path).filter((key) => !(schemaAt([...path, key]) instanceof z.ZodOptional));
}

/** Whether the value would do at the path. */
export function fits(path: Path, value: unknown): boolean {
  const schema = schemaAt(path);
  return schema !== null && z.safeParse(schema, value).success;
}

function inside(schema: Schema, part: string | number): Schema | null {
  const outer = unwrap(schema);
  if (outer instanceof z.ZodObject) return (outer.shape as z.ZodRawShape)[String(part)] ?? null;
  if (outer instanceof z.ZodArray) return outer.element;
  if (outer instanceof z.ZodRecord) return outer.valueType;
  if (!(outer instanceof z.ZodUnion)) return null;
  return outer.options.map((option) => inside(option, part)).find((each) => each !== null) ?? null;
}

function unwrap(schema: Schema | null): Schema | null {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}
