import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { definitionJsonSchema } from '../../definition/schema.ts';

const file = fileURLToPath(new URL('../../definition/schema.json', import.meta.url));

describe('definition/schema.json', () => {
  it('is what the schema generates (write it anew with `vitest run -u`)', async () => {
    const style = await resolveConfig(file);
    const text = await format(JSON.stringify(definitionJsonSchema()), { ...style, filepath: file });
    await expect(text).toMatchFileSnapshot(file);
  });

  it('describes every field, for editors', () => {
    const undescribed: string[] = [];
    walk(definitionJsonSchema(), '', (schema, path) => {
      if (typeof schema['description'] !== 'string') undescribed.push(path);
    });
    expect(undescribed).toEqual([]);
  });

  it('names the flags that a builder may be given', () => {
    const text = JSON.stringify(definitionJsonSchema());
    for (const flag of ['--snapshot-mode=full|redo|time', '--squash']) expect(text).toContain(flag);
  });

  it('knows no fields beyond those of the schema', () => {
    const open: string[] = [];
    walk(definitionJsonSchema(), '', (schema, path) => {
      if (schema['properties'] !== undefined && schema['additionalProperties'] !== false)
        open.push(path);
    });
    expect(open).toEqual([]);
  });
});

type Schema = Readonly<Record<string, unknown>>;

function walk(schema: Schema, path: string, visit: (schema: Schema, path: string) => void): void {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  for (const [name, property] of Object.entries(properties)) {
    visit(property, `${path}.${name}`);
    walk(property, `${path}.${name}`, visit);
    if (property['items'] !== undefined)
      walk(property['items'] as Schema, `${path}.${name}[]`, visit);
  }
}
