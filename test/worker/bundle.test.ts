import { DefaultLogger, type LogLevel } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { workflowCode } from '../../worker/bundle.ts';

function levelsOf(work: (logger: DefaultLogger) => Promise<unknown>): Promise<readonly LogLevel[]> {
  const levels: LogLevel[] = [];
  return work(new DefaultLogger('TRACE', ({ level }) => void levels.push(level))).then(
    () => levels,
  );
}

test('a bundle that was made before is taken as it is', async () => {
  const levels = await levelsOf(async (logger) => {
    const code = await workflowCode({ SLIPWAY_WORKFLOW_BUNDLE: '/image/bundle.js' }, logger);
    expect(code).toEqual({ codePath: '/image/bundle.js' });
  });
  expect(levels).toEqual([]);
});

test('without one the workflows are bundled, and the bundler’s statistics are no news', async () => {
  const levels = await levelsOf(async (logger) => {
    const code = await workflowCode({ SLIPWAY_WORKFLOW_BUNDLE: undefined }, logger);
    expect(code).toMatchObject({ code: expect.stringContaining('buildApplication') });
  });
  expect(new Set(levels)).toEqual(new Set(['DEBUG']));
});
