import { stripVTControlCharacters } from 'node:util';

/** A progress bar draws over itself: of its states the last one counts. */
export function withoutReturns(line: string): string {
  return line.split('\r').findLast((state) => state !== '') ?? '';
}

/** Text from elsewhere as one line that moves no cursor and sets no colour. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
}
