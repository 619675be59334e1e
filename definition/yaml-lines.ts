import { cut, lineAt, type Site, type YamlFault } from './yaml-site.ts';

/* Lines that are not what their indentation, colons and dashes say. */

/** The value of a field is read as one more `key: value`. */
export function describeNested({ text, offset, said }: Site): YamlFault {
  if (said.startsWith('A block sequence')) return describeMixture(offset);
  const { start, line, next } = lineAt(text, offset);
  const dash = /^(\s*)-[^\s-]/.exec(line);
  if (dash !== null) return describeDash(start + dash[1]!.length);
  if (/:(?:\s|$)/.test(text.slice(offset, start + line.length))) {
    return {
      offset,
      message: 'this value has another `: ` in it',
      expected: 'quotes around the value, or one field a line',
    };
  }
  return {
    offset: next + Math.max(0, text.slice(next).search(/\S/)),
    message: 'this line is indented deeper than the field before it, which has its value already',
    expected: 'the indentation of that field',
  };
}

/** A line that can be no more than the beginning of a key. */
export function describeNoField({ text, offset }: Site): YamlFault {
  const { start, line } = lineAt(text, offset);
  const rest = line.slice(offset - start).trim();
  if (/^-[^\s-]/.test(rest)) return describeDash(offset);
  if (rest.startsWith('- ')) return describeMixture(offset);
  const [, name] = /^["']?([\w.-]+)["']?:\S/.exec(rest) ?? [];
  return {
    offset,
    message:
      name === undefined
        ? `\`${cut(rest)}\` is no field: it has no colon`
        : `there is no space after the colon of \`${name}\``,
    expected: '`name: value`, with a space after the colon',
  };
}

export function describeIndentation({ text, offset }: Site): YamlFault {
  const place = offset + Math.max(0, text.slice(offset).search(/\S/));
  if (/^-[^\s-]/.test(text.slice(place, place + 2))) return describeDash(place);
  return {
    offset: place,
    message: 'this line is indented like nothing around it',
    expected: 'the indentation of the fields or items that it belongs to',
  };
}

export function describeMixture(offset: number): YamlFault {
  return {
    offset,
    message: 'items of a list and fields of a mapping stand side by side',
    expected: 'one of the two, or one indented deeper than the other',
  };
}

export function describeDash(offset: number): YamlFault {
  const message = 'there is no space after the dash';
  return { offset, message, expected: 'an item, `- name: value`' };
}
