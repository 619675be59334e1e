/** Makes a `switch` over a union exhaustive: a new member is a type error at the call. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
