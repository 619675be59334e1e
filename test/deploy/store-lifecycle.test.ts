import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { expiryDays } from '../../dev/components/store.ts';

const deploy = new URL('../../deploy/', import.meta.url);
const days = z.number().int().positive();
const { Rules: rules } = z
  .strictObject({
    Rules: z.array(
      z.strictObject({
        ID: z.string(),
        Status: z.literal('Enabled'),
        Filter: z.strictObject({ Prefix: z.string().endsWith('/') }),
        // In each rule: MinIO refuses one that only ends unfinished uploads.
        Expiration: z.strictObject({ Days: days }),
        AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: days }).optional(),
      }),
    ),
  })
  .parse(JSON.parse(await readFile(new URL('store-lifecycle.json', deploy), 'utf8')));

test('what expires is what the local environment lets expire, and not before that', () => {
  expect(rules.map(({ Filter }) => Filter.Prefix).toSorted()).toEqual(
    Object.keys(expiryDays).toSorted(),
  );
  for (const { Filter, Expiration } of rules) {
    const local = expiryDays[Filter.Prefix as keyof typeof expiryDays];
    expect(Expiration.Days).toBeGreaterThanOrEqual(local);
  }
});

test('unfinished uploads end where all uploads in parts are', () => {
  const ending = rules.filter((rule) => rule.AbortIncompleteMultipartUpload !== undefined);
  expect(ending.map(({ Filter }) => Filter.Prefix)).toEqual(['uploads/']);
});

test('the documentation has each prefix with its days', async () => {
  const readme = await readFile(new URL('README.md', deploy), 'utf8');
  const rows = [...readme.matchAll(/^\| `(\w+\/)` \|.*\| (\d+) days? \|$/gm)];
  expect(Object.fromEntries(rows.map(([, prefix, count]) => [prefix, Number(count)]))).toEqual(
    Object.fromEntries(rules.map(({ Filter, Expiration }) => [Filter.Prefix, Expiration.Days])),
  );
});
