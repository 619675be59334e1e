import { suggest } from '../../definition/suggest.ts';
import type { TemplateArguments } from './rendering.ts';

/** What is to be said of a name in a template that no argument has. */
export function describeMissing(name: string, args: TemplateArguments): string {
  const missing = `there is no argument ${name}`;
  const names = Object.keys(args);
  // As other template languages end a block.
  const [, block] = /^end(if|unless|each|with)$/.exec(name) ?? [];
  if (block !== undefined) return `${missing}: write \`{{/${block}}}\``;
  if (names.length === 0) return `${missing}: the container has no \`templateArgs\``;
  const meant = suggest(name, names);
  return meant === null ? missing : `${missing}; did you mean ${meant}?`;
}
