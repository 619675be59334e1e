import type { NativeConnection } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { registerSearchAttributes } from '../../worker/search-attributes.ts';
import { searchAttributes } from '../../workflows/contract/search-attributes.ts';

const names = searchAttributes.map(({ name }) => name);
/** `INDEXED_VALUE_TYPE_KEYWORD`; all of Slipway's are. */
const keyword = 2;

/** A namespace that has these; what is added is recorded, or refused. */
function namespaceWith(existing: readonly string[], refused?: Error) {
  const added: unknown[] = [];
  const operatorService = {
    listSearchAttributes: async ({ namespace }: { readonly namespace: string }) => ({
      customAttributes: namespace === 'team' ? Object.fromEntries(existing.map((n) => [n, 2])) : {},
    }),
    addSearchAttributes: async (request: unknown) => {
      if (refused !== undefined) throw refused;
      added.push(request);
      return {};
    },
  };
  return { connection: { operatorService } as unknown as NativeConnection, added };
}

test.each([
  ['all', [], names],
  ['those that are missing', names.slice(2), names.slice(0, 2)],
  ['those that are missing beside others', ['Mine', ...names.slice(1)], names.slice(0, 1)],
])('%s are registered, as keywords', async (_which, existing, missing) => {
  const { connection, added } = namespaceWith(existing);
  await registerSearchAttributes(connection, 'team');
  expect(added).toEqual([
    {
      namespace: 'team',
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    },
  ]);
});

test('where all are there, a worker without the right to register starts', async () => {
  const { connection, added } = namespaceWith(names, new Error('denied'));
  await expect(registerSearchAttributes(connection, 'team')).resolves.toBeUndefined();
  expect(added).toEqual([]);
});

test('where they cannot be registered, the error says which and that a person has to', async () => {
  const denied = new Error('PERMISSION_DENIED');
  const { connection } = namespaceWith(names.slice(2), denied);
  const registering = registerSearchAttributes(connection, 'team');
  await expect(registering).rejects.toMatchObject({
    message: expect.stringContaining(`${names[0]}, ${names[1]} (Keyword)`),
    cause: denied,
  });
  await expect(registering).rejects.toThrow(/namespace team .* by hand/);
});
