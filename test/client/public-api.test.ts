import { describe, expect, test } from 'vitest';
import { publicDeclarations } from '../support/public-api.ts';

const declarations = publicDeclarations();
const exported = new Set(declarations.map(({ name }) => name));

describe('what services may rely on', () => {
  test('is found by the test', () => {
    for (const name of ['submitBuild', 'BuildSnapshot', 'ServiceUnreachable', 'ContainerStatus'])
      expect(exported).toContain(name);
    const snapshot = declarations.find(({ name }) => name === 'BuildSnapshot');
    expect(snapshot?.fields.map(({ name }) => name)).toContain('closed');
    expect(snapshot?.mentions).toContain('RunningContainer');
    const submit = declarations.find(({ name }) => name === 'submitBuild');
    expect(submit?.mentions).toEqual(['SlipwayClient', 'Application', 'SubmitOptions']);
  });

  test('is documented, each symbol', () => {
    const bare = declarations.filter(({ documented }) => !documented);
    expect(bare.map(({ name, place }) => `${place} ${name}`)).toEqual([]);
  });

  test('is documented, each field', () => {
    const bare = declarations.flatMap(({ name, place, fields }) =>
      fields
        .filter(({ documented }) => !documented)
        .map((field) => `${place} ${name}.${field.name}`),
    );
    expect(bare).toEqual([]);
  });

  test('names no type that it does not export', () => {
    const missing = declarations.flatMap(({ name, place, mentions }) =>
      mentions.filter((type) => !exported.has(type)).map((type) => `${place} ${name}: ${type}`),
    );
    expect(missing).toEqual([]);
  });
});
