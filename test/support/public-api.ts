import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Something that a module declares at its top level; sources are formatted, so lines tell. */
export interface Declaration {
  readonly name: string;
  /** Relative to the checkout, with the line from 1. */
  readonly place: string;
  readonly documented: boolean;
  /** Fields and methods of an interface. */
  readonly fields: readonly { readonly name: string; readonly documented: boolean }[];
  /** The project's own types that its type names, without what a function does. */
  readonly mentions: readonly string[];
}

/** What `client/index.ts` exports, with the declarations that its names stand for. */
export function publicDeclarations(): readonly Declaration[] {
  const index = join(root, 'client', 'index.ts');
  const source = readFileSync(index, 'utf8');
  const exports = source.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '([^']+)';$/gms);
  return [...exports].flatMap(([, what = '', from = '']) => {
    const all = declarationsOf(join(dirname(index), from));
    if (what === '*') return all.filter(({ exported }) => exported);
    return names(what).map((name) => {
      const found = all.find((declaration) => declaration.name === name);
      if (found === undefined) throw new TypeError(`${from} declares no ${name}`);
      return found;
    });
  });
}

const declared =
  /^(export )?(?:async |abstract |declare )*(?:interface|type|class|const|function\*?) (\w+)/;

function declarationsOf(file: string): readonly (Declaration & { readonly exported: boolean })[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const found = lines.flatMap((line, index) => {
    const [, exported, name] = declared.exec(line) ?? [];
    return name === undefined ? [] : [{ index, exported: exported !== undefined, name }];
  });
  const known = new Set([...found.map(({ name }) => name), ...imported(lines.join('\n'))]);
  return found.map(({ index, exported, name }) => {
    const own = lines.slice(index, index + extent(lines.slice(index)));
    return {
      name,
      exported,
      place: `${relative(root, file)}:${index + 1}`,
      documented: isDocumented(lines, index),
      fields: /^(export )?interface/.test(lines[index] ?? '') ? fieldsOf(own) : [],
      mentions: mentioned(own).filter((type) => type !== name && known.has(type)),
    };
  });
}

/** How many lines there are until something else begins at the margin. */
function extent(lines: readonly string[]): number {
  const next = lines.findIndex((line, index) => index > 0 && /^(\/[*/]|[a-z])/.test(line));
  return next === -1 ? lines.length : next;
}

function fieldsOf(lines: readonly string[]): Declaration['fields'] {
  return lines.flatMap((line, index) => {
    const [, name] = /^ {2}(?:readonly )?(\w+)\??[:(<]/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, documented: isDocumented(lines, index) }];
  });
}

function isDocumented(lines: readonly string[], index: number): boolean {
  return lines[index - 1]?.trimEnd().endsWith('*/') === true;
}

/** Types by their spelling; of a function, those of its signature. */
function mentioned(lines: readonly string[]): readonly string[] {
  const isFunction = /^(export )?(async )?function/.test(lines[0] ?? '');
  const signatureEnd = lines.findIndex((line) => /^(\)|export|async|function).*\{$/.test(line));
  const text = (isFunction ? lines.slice(0, signatureEnd + 1) : lines)
    .join('\n')
    .replace(/\/\*.*?\*\/|\/\/.*?$|'[^']*'|`[^`]*`/gms, '');
  return [...new Set(text.match(/\b[A-Z]\w+/g))];
}

/** Names that come from other modules of the project. */
function imported(source: string): readonly string[] {
  const imports = source.matchAll(/^import (?:type )?(\{[^}]*\}) from '\.[^']*';$/gms);
  return [...imports].flatMap(([, what = '']) => names(what));
}

function names(list: string): readonly string[] {
  return list
    .replace(/[{}]/g, '')
    .split(',')
    .map((name) => name.trim().replace(/^type /, ''))
    .filter((name) => name !== '');
}
