/** Where interrupts come from: the process, or a test. */
export interface Interrupts {
  on(signal: 'SIGINT', listener: () => void): unknown;
  removeListener(signal: 'SIGINT', listener: () => void): unknown;
}

/**
 * Milliseconds in which interrupts are one: a terminal sends Ctrl-C to all processes of a command,
 * and npx and `bin/slipway.js` pass on what they got.
 */
const together = 300;

/**
 * Calls `listener` for each interrupt until the returned function is called.
 *
 * @param now milliseconds of a clock
 */
export function onInterrupts(
  interrupts: Interrupts,
  listener: () => void,
  now: () => number = () => performance.now(),
): () => void {
  let last = -Infinity;
  const onSignal = () => {
    if (now() - last < together) return;
    last = now();
    listener();
  };
  interrupts.on('SIGINT', onSignal);
  return () => void interrupts.removeListener('SIGINT', onSignal);
}
