import { refusal } from './mistyped.ts';
import type { Finding } from './problem.ts';
import { keysAt } from './schema-path.ts';
import { suggest } from './suggest.ts';

const beginning =
  'an application, which begins with `apiVersion: slipway/v1` and `kind: Application`';

/**
 * What is to be said of a document that is no application at all, and nothing else: null for one
 * that is, whatever is wrong with it.
 */
export function describeStranger(value: unknown): readonly Finding[] | null {
  if (value === null || value === undefined) {
    return [{ path: [], message: 'the document is empty', expected: beginning }];
  }
  if (typeof value !== 'object' || Array.isArray(value)) return null;
  const known = keysAt([]);
  if (!Object.keys(value).some((key) => known.includes(key) || suggest(key, known) !== null)) {
    const message = `this is no application: it has none of ${known.join(', ')}`;
    return [{ path: [], message, expected: beginning }];
  }
  const { apiVersion, kind } = value as Record<string, unknown>;
  const strange = typeof apiVersion === 'string' && typeof kind === 'string';
  if (!strange || apiVersion.startsWith('slipway/') || /^application$/i.test(kind)) return null;
  return [
    { path: ['apiVersion'], message: refusal(apiVersion, null), expected: 'slipway/v1' },
    { path: ['kind'], message: refusal(kind, null), expected: 'Application' },
  ];
}
