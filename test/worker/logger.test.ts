import type { LogMetadata } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest';
import { jsonLogger } from '../../worker/logger.ts';

let write: MockInstance<typeof process.stderr.write>;
beforeEach(() => {
  write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => write.mockRestore());

const written = (): string => write.mock.calls.map(([chunk]) => String(chunk)).join('');

/** The entry's fields as a reader of the log has them. */
function logged(message: string, meta?: LogMetadata): Record<string, unknown> {
  jsonLogger('INFO').warn(message, meta);
  expect(written()).toMatch(/^\{[^\n]*\}\n$/);
  return JSON.parse(written()) as Record<string, unknown>;
}

describe('an entry', () => {
  test('is one line of JSON, whatever is in it', () => {
    const entry = logged('two\nlines', { buildId: 'shop/k1', size: 12n, list: [1, 'a\nb'] });
    expect(entry).toMatchObject({
      level: 'WARN',
      message: 'two\nlines',
      buildId: 'shop/k1',
      size: '12',
      list: [1, 'a\nb'],
    });
    const age = Date.now() - Date.parse(String(entry['time']));
    expect(Math.abs(age)).toBeLessThan(60_000);
    expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test('has an error’s name, message and causes', () => {
    const root = new RangeError('too far');
    const error = new TypeError('not so', { cause: root });
    expect(logged('failed', { error })['error']).toEqual({
      name: 'TypeError',
      message: 'not so',
      cause: { name: 'RangeError', message: 'too far' },
    });
  });
});

describe('an entry about a workflow', () => {
  test('says which build it is about', () => {
    expect(logged('started', { workflowId: 'shop/k1/api/server' })).toMatchObject({
      buildId: 'shop/k1',
      component: 'api',
      container: 'server',
    });
  });
  test('keeps what it says itself', () => {
    const meta = { workflowId: 'shop/k1', buildId: 'other/k2' };
    expect(logged('started', meta)).toMatchObject({ buildId: 'other/k2' });
  });
  test('of another kind says nothing of a build', () => {
    expect(logged('started', { workflowId: 'slipway-sweep-default' })).not.toHaveProperty(
      'buildId',
    );
  });
});

test.each<['DEBUG' | 'INFO' | 'ERROR', readonly string[]]>([
  ['DEBUG', ['d', 'i', 'e']],
  ['INFO', ['i', 'e']],
  ['ERROR', ['e']],
])('at level %s, lower ones are not written', (level, expected) => {
  const logger = jsonLogger(level);
  logger.debug('d');
  logger.info('i');
  logger.error('e');
  const lines = written().trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(expected);
});

describe('a credential is written in no form', () => {
  const dockerConfig = JSON.stringify({ auths: { 'registry.test': { auth: 'hunter2' } } });

  test.each<[string, string, LogMetadata]>([
    ['in a message', 'cannot clone https://me:hunter2@git.test/a.git', {}],
    ['in a field', 'failed', { url: 'https://s/a?X-Amz-Signature=hunter2' }],
    ['in an error', 'failed', { error: new Error('Authorization: Bearer hunter2') }],
    [
      'in the cause of an error',
      'failed',
      { error: new Error('a', { cause: new Error('GET https://hunter2@git.test/') }) },
    ],
    ['as a header', 'failed', { request: { headers: { authorization: 'Basic hunter2' } } }],
    ['in JSON as a text', 'failed', { body: dockerConfig }],
    ['in JSON in a message', `the registry said ${dockerConfig}`, {}],
    ['in JSON in JSON', 'failed', { body: JSON.stringify({ inner: dockerConfig }) }],
  ])('%s', (_where, message, meta) => {
    const entry = logged(message, meta);
    expect(JSON.stringify(entry)).not.toContain('hunter2');
    expect(JSON.stringify(entry)).toContain('[redacted]');
  });
});
