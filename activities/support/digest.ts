import { createHash } from 'node:crypto';

/** The one kind of digest that Slipway takes, from whomever: it is written into Dockerfiles and references. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** `sha256:<hex>` */
export function digestOf(content: string | Buffer): string {
  return `sha256:${sha256(content)}`;
}

/** Hex SHA-256. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
