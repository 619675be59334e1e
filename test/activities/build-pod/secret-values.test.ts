import { expect, test } from 'vitest';
import { secretValues } from '../../../activities/build-pod/secret-values.ts';
import { failure, type FailureType } from '../../../workflows/contract/failures.ts';

const wanted = [{ id: 'npmrc', secret: 'npm', key: '.npmrc' }];
const base64 = (text: string) => Buffer.from(text).toString('base64');

const holding = (value: string) => secretValues({ buildValue: async () => value }, wanted);
const failing = (type: FailureType) =>
  secretValues({ buildValue: () => Promise.reject(failure(type, 'no')) }, wanted);

test.each<[string, string, readonly string[]]>([
  ['a token', 'npm_9vXq2', ['npm_9vXq2', base64('npm_9vXq2')]],
  [
    'a file',
    'user = ann\n\n  token = 9vXq2\n}\n',
    ['user = ann', 'token = 9vXq2', base64('user = ann\n\n  token = 9vXq2\n}\n')],
  ],
])('%s is known by its lines and its base64', async (_, value, texts) => {
  expect(await holding(value)).toEqual(expect.arrayContaining([...texts]));
});

test.each(['', 'a', 'true\nyes\n'])(
  'the short lines of %j are in too many texts',
  async (value) => {
    const texts = await holding(value);
    for (const line of value.split('\n')) expect(texts).not.toContain(line);
  },
);

test('a Secret that has gone has no values', async () => {
  expect(await failing('SecretNotFound')).toEqual([]);
});

test('a cluster that does not answer is not taken for one', async () => {
  await expect(failing('ClusterUnavailable')).rejects.toMatchObject({ type: 'ClusterUnavailable' });
});
