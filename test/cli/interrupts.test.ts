import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { onInterrupts } from '../../cli/interrupts.ts';

test.each([
  ['one', [0], 1],
  ['what the terminal sent and what was passed on', [0, 3, 299], 1],
  ['two of a person', [0, 300], 2],
  ['two of a person, each with its copies', [0, 10, 700, 710], 2],
])('interrupts that come together are one: %s', (_what, times, expected) => {
  const source = new EventEmitter();
  let time = 0;
  let heard = 0;
  const stop = onInterrupts(
    source,
    () => (heard += 1),
    () => time,
  );
  for (time of times) source.emit('SIGINT');
  expect(heard).toBe(expected);
  stop();
  expect(source.listenerCount('SIGINT')).toBe(0);
});
