import { isAlias, isScalar, visit, type Document, type Node } from 'yaml';
import { invisible } from './invisible.ts';
import type { YamlFault } from './yaml-site.ts';

/** What stands in for bytes that are no UTF-8 when a file is read as text. */
const replacement = '\uFFFD';

/** What no definition may have in it, though it is valid YAML. */
export function describeNodes(document: Document.Parsed, text: string): readonly YamlFault[] {
  const faults: YamlFault[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Pair(_, { key }) {
      const fault = isScalar(key) ? describeKey(key.value, key.type === 'PLAIN') : null;
      if (fault !== null) {
        faults.push({ ...fault, offset: startOf(key as Node) + fault.offset });
      }
    },
    Node(_, node) {
      if (isAlias(node)) {
        if (!anchors.has(node.source)) faults.push(describeUnknownAlias(node.source, node));
        return;
      }
      if (node.anchor !== undefined) anchors.add(node.anchor);
      if (!isScalar(node) || !node.range) return;
      const wrong = text.slice(node.range[0], node.range[1]).indexOf(replacement);
      if (wrong !== -1) faults.push({ ...notText, offset: node.range[0] + wrong });
    },
  });
  return faults;
}

const notText = { message: 'there are bytes here that are no UTF-8', expected: 'a file in UTF-8' };

/** The offset is counted from the key's beginning. */
function describeKey(key: unknown, plain: boolean): YamlFault | null {
  // Such a key would set the object's prototype instead of a field.
  if (key === '__proto__') {
    return { offset: 0, message: 'a key cannot be named __proto__', expected: 'another name' };
  }
  if (!plain) return null;
  const space = String(key).search(invisible);
  if (space !== -1) {
    const code = String(key).charCodeAt(space).toString(16).toUpperCase().padStart(4, '0');
    return {
      offset: space,
      message: `the name of this field has U+${code} in it, which is no space to YAML`,
      expected: 'an ordinary space, or none',
    };
  }
  if (key !== '<<') return null;
  return {
    offset: 0,
    message: 'merge keys are not supported: YAML 1.2 has none',
    expected: 'the fields themselves, or those that all containers share in `spec.defaults`',
  };
}

function describeUnknownAlias(name: string, node: Node): YamlFault {
  return {
    offset: startOf(node),
    message: `no anchor \`&${name}\` stands before its alias \`*${name}\``,
    expected: `the anchor, or quotes around a value that begins with \`*\``,
  };
}

/** At its last alias: where a document has too many of them. */
export function describeManyAliases(document: Document.Parsed, most: number): YamlFault {
  let offset = 0;
  visit(document, { Alias: (_, alias) => void (offset = startOf(alias)) });
  return {
    offset,
    message: 'the aliases up to this one stand for too much',
    expected: `at most ${most} values by way of one anchor`,
  };
}

/** A place in text that is in another encoding than UTF-8, or in none; null where there is none. */
export function describeEncoding(text: string): YamlFault | null {
  const offset = text.indexOf('\0');
  if (offset === -1) return null;
  // UTF-16, which some editors save: a NUL beside each letter.
  return { ...notText, offset: text.startsWith(replacement) ? 0 : offset };
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
