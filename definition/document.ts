import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import type { Finding, Path } from './problem.ts';
import { describeYamlErrors } from './yaml-faults.ts';
import { describeEncoding, describeManyAliases, describeNodes } from './yaml-nodes.ts';
import type { YamlFault } from './yaml-site.ts';

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
    // Editors show no byte order mark, and count no column for it.
    return read(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof RangeError) return refuse('it is nested too deeply', 'a definition');
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

  const read = faultsOrValue(document, text);
  if ('faults' in read) {
    const findings = read.faults.map(({ offset, message, expected }) => ({
      path: [],
      message,
      expected,
      ...position(offset),
    }));
    return { ok: false, findings };
  }
  return {
    ok: true,
    document: {
      value: read.value,
      locate: (path, atKey = false) => position(offsetOf(document, path, atKey)),
      written: (path) => {
        const { node, depth } = descend(document, path);
        return depth === path.length && isScalar(node) ? (node.source ?? null) : null;
      },
    },
  };
}

function faultsOrValue(
  document: Document.Parsed,
  text: string,
): { readonly faults: readonly YamlFault[] } | { readonly value: unknown } {
  const encoding = describeEncoding(text);
  if (encoding !== null) return { faults: [encoding] };
  const errors = describeYamlErrors(document, text);
  if (errors.length > 0) return { faults: errors };
  const faults = describeNodes(document, text);
  if (faults.length > 0) return { faults };
  try {
    return { value: document.toJS({ maxAliasCount: maxAliases }) };
  } catch (error) {
    // All aliases are known: they are too many.
    if (!(error instanceof ReferenceError)) throw error;
    return { faults: [describeManyAliases(document, maxAliases)] };
  }
}

function refuse(message: string, expected: string): ReturnType<typeof readYaml> {
  return { ok: false, findings: [{ path: [], line: 1, column: 1, message, expected }] };
}

/** The deepest node that exists along the path, and the pair through which it was reached. */
function descend(document: Document, path: Path): Found {
  let place = document.contents as Node | null;
  let pair: Pair | null = null;
  for (const [depth, part] of path.entries()) {
    const node = resolve(document, place);
    const child: unknown = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
      : isSeq(node)
        ? node.items[Number(part)]
        : undefined;
    if (child === undefined) return { node, place: node, pair, depth };
    pair = isMap(node) ? (child as Pair) : null;
    place = (pair === null ? child : pair.value) as Node | null;
  }
  return { node: resolve(document, place), place, pair, depth: path.length };
}

interface Found {
  readonly node: Node | null;
  /** The node as it is written: at the end of the path it may be an alias. */
  readonly place: Node | null;
  readonly pair: Pair | null;
  readonly depth: number;
}

function resolve(document: Document, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

/** What is missing is looked for at the mapping that lacks it: at its key, where it has one. */
function offsetOf(document: Document, path: Path, atKey: boolean): number {
  const { place, pair, depth } = descend(document, path);
  const key = pair === null ? null : (pair.key as Node | null);
  const preferred = atKey || depth < path.length ? (key ?? place) : (place ?? key);
  return preferred?.range?.[0] ?? 0;
}
