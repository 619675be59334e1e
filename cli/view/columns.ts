import stringWidth from 'string-width';

// What a person sees as one character: an accent or the parts of an emoji stay together.
const characters = new Intl.Segmenter();

/** The text, or its beginning and `…`, in at most so many columns of a terminal. */
export function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let shown = '';
  let taken = '…'.length;
  for (const { segment } of characters.segment(text)) {
    taken += stringWidth(segment);
    if (taken > columns) break;
    shown += segment;
  }
  return `${shown}…`;
}
