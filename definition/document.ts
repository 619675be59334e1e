import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import type { Finding, Path } from './problem.ts';

/** A YAML document as a value, with the way back from a path to its place in the text. */
export interface YamlDocument {
  readonly value: unknown;
  readonly locate: (path: Path, atKey?: boolean) => Position;
  /** The text of a scalar as it is written: `1.10`, where the value is 1.1. */
  readonly written: (path: Path) => string | null;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

export type PlacedFinding = Omit<Finding, 'path' | 'atKey'> & Position & { readonly path: Path };

/** Aliases may be resolved this often in all: a few lines of them can stand for gigabytes. */
const maxAliases = 100;
const maxBytes = 1024 * 1024;

/**
 * Reads one YAML document. What is wrong with the YAML itself comes back as findings with their
 * places; nothing is thrown, whatever the text.
 */
export function readYaml(
  text: string,
):
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly findings: readonly PlacedFinding[] } {
  if (Buffer.byteLength(text) > maxBytes) {
    return refuse(`the definition is larger than ${maxBytes} bytes`, 'at most 1 MiB');
  }
  try {
    return read(text);
  } catch (error) {
    if (error instanceof RangeError) return refuse('it is nested too deeply', 'a definition');
    // The library throws a ReferenceError for aliases that are unknown or too many.
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(`the YAML cannot be read: ${reason}`, 'one valid YAML document');
  }
}

function read(text: string): ReturnType<typeof readYaml> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: true,
  });
  // The library's own recursion, which it reports as syntax errors: hundreds of them.
  if (document.errors.some(({ message }) => /call stack|stack overflow/i.test(message))) {
    return refuse('it is nested too deeply', 'a definition');
  }
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };

  const findings: PlacedFinding[] = [...document.errors, ...document.warnings]
    .map((error) => ({
      path: [],
      ...describeYamlError(error.code, error.message),
      ...position(error.pos[0]),
    }))
    // Each `*` of a cron expression without quotes is an error of its own.
    .filter(
      ({ line, message }, index, all) =>
        all.findIndex((other) => other.line === line && other.message === message) === index,
    );
  visit(document, {
    Pair(_, pair) {
      // Such a key would set the object's prototype instead of a field.
      if (!isScalar(pair.key) || pair.key.value !== '__proto__') return;
      findings.push({
        path: [],
        message: 'a key cannot be named __proto__',
        expected: 'another name',
        ...position(pair.key.range?.[0] ?? 0),
      });
    },
  });
  if (findings.length > 0) return { ok: false, findings };

  const value: unknown = document.toJS({ maxAliasCount: maxAliases });
  return {
    ok: true,
    document: {
      value,
      locate: (path, atKey = false) => position(offsetOf(document, path, atKey)),
      written: (path) => {
        const { node, depth } = descend(document, path);
        return depth === path.length && isScalar(node) ? (node.source ?? null) : null;
      },
    },
  };
}

function refuse(message: string, expected: string): ReturnType<typeof readYaml> {
  return { ok: false, findings: [{ path: [], line: 1, column: 1, message, expected }] };
}

function describeYamlError(
  code: string,
  message: string,
): { readonly message: string; readonly expected: string } {
  switch (code) {
    case 'DUPLICATE_KEY':
      return { message: 'this key occurs twice in one mapping', expected: 'every key once' };
    case 'MULTIPLE_DOCS':
      return { message: 'a second YAML document begins here', expected: 'one document' };
    default: {
      // Cron expressions, above all.
      if (/\balias\b/i.test(message)) {
        return {
          message: 'a value that begins with `*` is read as a YAML alias',
          expected: 'the name of an anchor, or the value in quotes: "*/5 * * * *"',
        };
      }
      const lower = message.charAt(0).toLowerCase() + message.slice(1);
      return { message: `the YAML is not valid: ${lower}`, expected: 'valid YAML 1.2' };
    }
  }
}

/** The deepest node that exists along the path, and the pair through which it was reached. */
function descend(document: Document, path: Path): Found {
  let node = resolve(document, document.contents);
  let pair: Pair | null = null;
  for (const [depth, part] of path.entries()) {
    const child: unknown = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
      : isSeq(node)
        ? node.items[Number(part)]
        : undefined;
    if (child === undefined) return { node, pair, depth };
    pair = isMap(node) ? (child as Pair) : null;
    node = resolve(document, pair === null ? child : pair.value);
  }
  return { node, pair, depth: path.length };
}

interface Found {
  readonly node: Node | null;
  readonly pair: Pair | null;
  readonly depth: number;
}

function resolve(document: Document, node: unknown): Node | null {
  if (isAlias(node)) return node.resolve(document) ?? null;
  return (node as Node | null) ?? null;
}

/** What is missing is looked for at the mapping that lacks it: at its key, where it has one. */
function offsetOf(document: Document, path: Path, atKey: boolean): number {
  const { node, pair, depth } = descend(document, path);
  const key = pair === null ? null : (pair.key as Node | null);
  const preferred = atKey || depth < path.length ? (key ?? node) : (node ?? key);
  return preferred?.range?.[0] ?? 0;
}
