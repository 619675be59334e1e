import { expect, test } from 'vitest';

import { ToolsUnavailableError } from '../../../dev/tools/unavailable.ts';
import { programPin } from './support.ts';

test('says everything once: programs, what was tried, the ways out', () => {
  const shared = { reasons: ['not on PATH', 'no Go\ntoolchain'], waysOut: ['install Go'] };
  const error = new ToolsUnavailableError([
    { pin: programPin('one'), ...shared },
    { pin: programPin('two'), ...shared },
    {
      pin: { name: 'three', variable: 'SLIPWAY_THREE_DIRECTORY' },
      reasons: ['not here'],
      waysOut: [],
    },
  ]);
  expect(error.message).toBe(
    `The local environment needs 3 programs that could not be had on this machine.

one, two
  tried:
    - not on PATH
    - no Go
      toolchain
  any one of these helps:
    - name your own: SLIPWAY_ONE_BINARY=/path SLIPWAY_TWO_BINARY=/path
    - put on PATH: one (2.1.0 or newer, below 3.0.0), two (2.1.0 or newer, below 3.0.0)
    - install Go

three
  tried:
    - not here
  any one of these helps:
    - name your own: SLIPWAY_THREE_DIRECTORY=/path`,
  );
});
