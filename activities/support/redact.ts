const mask = '[redacted]';

/**
 * The patterns look at shape, not at known values: text from git, registries, builders and Pods may
 * quote a credential that this process never held. Each is linear in the length of the text.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Userinfo of a URL, also without a password: tokens are often given as the user name. Not the
  // name of an image: builders write `docker://busybox@sha256:…`.
  [/:\/\/[^\s/"'<>?#]*@(?!sha256:[0-9a-f]{64})/g, `://${mask}@`],
  [/(authorization\\*["']?\s*[:=]\s*\\*["']?)[^"'\\\r\n]+/gi, `$1${mask}`],
  // A quoted docker configuration, also where it is quoted in JSON itself: `{\"auth\":\"…\"}`.
  [/("(?:auth|password|identitytoken|registrytoken)\\*"\s*:\s*\\*")[^"\\]+/g, `$1${mask}`],
];

/** A URL's query, also where the URL is quoted in JSON: the backslash before a quote is not of it. */
const query = /\?(?:[^\s"'<>\\]|\\+(?!["'\\]))+/g;

/** Parameters that give the right to read, of object stores and the CDNs before registries. */
const signed =
  /x-(?:amz|goog)-|(?:[?&;]|\\u0026)(?:sig|signature|verify|token|key-pair-id|access_token)=/i;

/** The whole query: signature and credential together are the right to read. */
function withoutQuery(text: string): string {
  return signed.test(text) ? `?${mask}` : text;
}

/**
 * The text without credentials: queries of signed URLs, userinfo in URLs, Authorization
 * headers, docker logins, and the given values, also in their percent-encoded form.
 *
 * @param secrets values to remove; the empty one is passed over
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let result = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret === '') continue;
    result = result.replaceAll(secret, mask).replaceAll(encodeURIComponent(secret), mask);
  }
  result = result.replace(query, withoutQuery);
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result;
}
