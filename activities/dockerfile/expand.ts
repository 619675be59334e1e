/** A word after expansion, or what stood in the way: a variable without a value, unknown syntax. */
export type Expansion =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

/** Arguments that repeat arguments grow exponentially; no image name is as long. */
const maxLength = 4096;
const maxDepth = 20;

class Unexpandable extends Error {}

/**
 * Expands one word as Dockerfiles have it: quotes, escapes, `$name`, `${name}` and the modifiers
 * `:-`, `-`, `:+`, `+`, `:?`, `?`. Unlike a build, which takes an unset variable for an empty
 * text, this is about names of images, where that is never meant.
 *
 * @param lookup the value of a variable; undefined when it has none
 */
export function expandWord(
  word: string,
  lookup: (name: string) => string | undefined,
  escape: string,
): Expansion {
  try {
    return { ok: true, text: expand(word, lookup, escape, 0) };
  } catch (error) {
    if (error instanceof Unexpandable) return { ok: false, problem: error.message };
    throw error;
  }
}

function expand(
  word: string,
  lookup: (name: string) => string | undefined,
  escape: string,
  depth: number,
): string {
  if (depth > maxDepth) throw new Unexpandable('it is nested too deeply');
  let text = '';
  let quote = '';
  for (let at = 0; at < word.length; at += 1) {
    const char = word[at]!;
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === escape && quote !== "'") {
      at += 1;
      text += word[at] ?? '';
    } else if (char === '$' && quote !== "'") {
      const end = variableEnd(word, at);
      text += variable(word.slice(at, end), lookup, escape, depth);
      at = end - 1;
    } else text += char;
    if (text.length > maxLength)
      throw new Unexpandable(`it is longer than ${maxLength} characters`);
  }
  return text;
}

/** The offset behind the variable that begins at `start`, nested braces included. */
function variableEnd(word: string, start: number): number {
  if (word[start + 1] !== '{') {
    const name = /^\$(?:[A-Za-z_]\w*)?/.exec(word.slice(start))?.[0] ?? '$';
    return start + name.length;
  }
  let depth = 0;
  for (let at = start + 1; at < word.length; at += 1) {
    if (word[at] === '{') depth += 1;
    if (word[at] === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Unexpandable(`${word.slice(start)} has no closing brace`);
}

function variable(
  written: string,
  lookup: (name: string) => string | undefined,
  escape: string,
  depth: number,
): string {
  const match = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^]*))?\})$/.exec(written);
  if (match === null) throw new Unexpandable(`${written} is a form that cannot be resolved here`);
  const name = match[1] ?? match[2]!;
  const [, , , modifier = '', alternative = ''] = match;
  const value = lookup(name);
  const present = value !== undefined && (value !== '' || !modifier.startsWith(':'));
  switch (modifier.slice(-1)) {
    case '-':
      return present ? value : expand(alternative, lookup, escape, depth + 1);
    case '+':
      return present ? expand(alternative, lookup, escape, depth + 1) : '';
    default:
      if (present) return value;
      throw new Unexpandable(
        `${name} has no value: give its ARG a default, or the container a build argument ${name}`,
      );
  }
}
