/** What looks like a space or like nothing, and is neither to YAML nor in a name. */
export const invisible = /[\u00A0\u1680\u2000-\u200F\u2028-\u202F\u205F-\u2064\u3000\uFEFF]/u;

/** JSON's text of a string, with escapes for what nobody sees. */
export function showText(text: string): string {
  return JSON.stringify(text).replace(
    new RegExp(invisible, 'gu'),
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
