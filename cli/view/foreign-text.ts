import type { Painter } from './format.ts';

/**
 * Control sequences as ECMA-48 has them, whole or cut off: strings such as a window's title, what
 * begins with CSI, other escapes; then any other control character but line breaks and tabs.
 */
const controls =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /(?:\u001B[PX^_\]]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C\n]*(?:\u0007|\u001B\\|\u009C)?|(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|\u001B[ -/]*[0-~]?|(?![\t\n])\p{Cc}/gu;

/** A sequence that sets colours and styles, and does nothing else. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const colours = /^\u001B\[[\d;:]*m$/;
const reset = '\u001B[0m';

/**
 * Text from a builder, a registry, git or a cluster, as a terminal may get it: it moves no cursor,
 * names no window and sets no colour. Its lines stay.
 */
export function plainText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(controls, '');
}

/** The same in one line. */
export function oneLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').trim();
}

/** A line of a builder's log: with its own colours, which end with it, where `paint` paints. */
export function logLine(line: string, paint: Painter): string {
  const shown = withoutReturns(line);
  if (paint('reset', '') === '') return plainText(shown);
  const coloured = shown.replaceAll(controls, (found) => (colours.test(found) ? found : ''));
  return coloured === plainText(shown) ? coloured : `${coloured}${reset}`;
}

/** A progress bar draws over itself: of its states the last one counts. */
export function withoutReturns(line: string): string {
  return line.split('\r').findLast((state) => state !== '') ?? '';
}
