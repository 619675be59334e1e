import { isScalar, visit } from 'yaml';
import { describeDash, describeMixture } from './yaml-lines.ts';
import { cut, lineAt, wordAt, type Site, type YamlFault } from './yaml-site.ts';

/* Values, quotes and brackets that are read as something else than was meant. */

/** Cron expressions, above all. */
export function describeAlias({ text, offset }: Site): YamlFault {
  const { start, line } = lineAt(text, offset);
  const first = line.search(/(?<=[\s[{,])\*/);
  return {
    offset: first === -1 ? offset : start + first,
    message: 'a value that begins with `*` is read as a YAML alias',
    expected: 'the name of an anchor, or the value in quotes: "*/5 * * * *"',
  };
}

export function describeUnquoted(offset: number, mark: string): YamlFault {
  const message = `a value cannot begin with "${mark}" without quotes`;
  return { offset, message, expected: 'the value in quotes' };
}

export function describeDuplicate({ document, text, offset }: Site): YamlFault {
  let key = wordAt(text, offset);
  let first: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const own = items.find((item) => isScalar(item.key) && item.key.range?.[0] === offset);
      if (own === undefined || !isScalar(own.key)) return;
      const { value } = own.key;
      const other = items.find((item) => isScalar(item.key) && item.key.value === value);
      key = String(value);
      first = isScalar(other?.key) ? other.key.range?.[0] : undefined;
    },
  });
  const where = first === undefined ? '' : `, in line ${text.slice(0, first).split('\n').length}`;
  return { offset, message: `\`${key}\` is there already${where}`, expected: 'every field once' };
}

/** A quote or bracket, told where it was opened: the parser misses it at the end of the text. */
export function describeUnclosed({ document, text, offset }: Site, closing: string): YamlFault {
  const opening = closing === '}' ? '{' : closing === ']' ? '[' : closing;
  const ending: number[] = [];
  visit(document, {
    Node(_, node) {
      if (node.range?.[1] === offset && text[node.range[0]] === opening) {
        ending.push(node.range[0]);
      }
    },
  });
  const quote = opening === closing;
  // The innermost of those that end here is closed where its bracket is the last thing before.
  if (!quote && text[offset - 1] === closing) ending.pop();
  return {
    offset: ending.at(-1) ?? text.lastIndexOf(opening, offset - 1),
    message: `${quote ? 'the quote ' : ''}\`${opening}\` is not closed`,
    expected: quote
      ? `\`${closing}\` at the end of the value`
      : `\`${closing}\` behind its last ${opening === '{' ? 'field' : 'item'}; lines until there are indented deeper`,
  };
}

export function describeUnexpected(site: Site): YamlFault {
  const { text, offset, said } = site;
  const [, header] = /^Block scalar header .*: (\S+)$/.exec(said) ?? [];
  if (header !== undefined) return describeUnquoted(offset - 1, header.charAt(0));
  const mark = text[offset] ?? '';
  const word = wordAt(text, offset) || mark;
  const found = (what: string, expected: string, place = offset): YamlFault => ({
    offset: place,
    message: what,
    expected,
  });
  if (said.includes('same line with key')) {
    return found(
      'an item of a list cannot begin on the line of its field',
      'every item on a line of its own, or [ … ]',
    );
  }
  if (mark === ',' || said.includes('empty item')) {
    return found('there is a comma too many', 'a field or an item before every comma');
  }
  if (/^-[^\s-]/.test(word)) return describeDash(offset);
  if (mark === '}' || mark === ']') {
    return found(`\`${mark}\` closes nothing`, `quotes around a value with \`${mark}\` in it`);
  }
  if ((mark === '{' || mark === '[') && /\S/.test(text[offset - 1] ?? ' ')) {
    return found(
      `\`${mark}\` stands within a value`,
      `quotes around a value with \`${mark}\` in it`,
    );
  }
  if (isWithinBrackets(site) && /^["']?[\w.-]+["']?:\s/.test(text.slice(offset))) {
    return found('a comma is missing here', '`,` between two fields');
  }
  const quoted = quotedBefore(site);
  if (quoted !== null) {
    const quote = text[quoted.start]!;
    const more = text.slice(quoted.start, quoted.end).split('\n').length - 1;
    if (more > 0) {
      return found(
        `the quote \`${quote}\` is closed ${more} ${more === 1 ? 'line' : 'lines'} further down`,
        `\`${quote}\` at the end of the value`,
        quoted.start,
      );
    }
    const within = quote === '"' ? '\\"' : "''";
    return found(
      `\`${cut(word)}\` stands behind the closing quote`,
      `nothing there; a quote within the value is written \`${within}\``,
    );
  }
  if (/^\S+:(?:\s|$)/.test(text.slice(offset)) && mark !== ':') return describeMixture(offset);
  return found(`\`${cut(word)}\` has no place here`, 'a value, or quotes around all of it');
}

function isWithinBrackets({ document, offset }: Site): boolean {
  let within = false;
  visit(document, {
    Collection(_, { flow, range }) {
      within ||= flow === true && !!range && range[0] < offset && offset < range[1];
    },
  });
  return within;
}

/** A quoted value that ends right before the offset. */
function quotedBefore({
  document,
  text,
  offset,
}: Site): { readonly start: number; readonly end: number } | null {
  const end = text.slice(0, offset).trimEnd().length;
  let start: number | null = null;
  visit(document, {
    Scalar(_, { range }) {
      if (range?.[1] === end && /["']/.test(text[range[0]] ?? '')) start = range[0];
    },
  });
  return start === null ? null : { start, end };
}
