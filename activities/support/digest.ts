/** The one kind of digest that Slipway takes, from whomever: it is written into Dockerfiles and references. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
