const mask = '[redacted]';

/**
 * The patterns look at shape, not at known values: text from git, registries, builders and Pods may
 * quote a credential that this process never held. Each is linear in the length of the text.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // A presigned URL's whole query: signature and credential together are the right to read.
  [/\?[^\s"'<>?]*X-Amz-[^\s"'<>?]*/gi, `?${mask}`],
  // Userinfo of a URL, also without a password: tokens are often given as the user name. Not the
  // name of an image: builders write `docker://busybox@sha256:…`.
  [/:\/\/[^\s/"'<>?#]*@(?!sha256:[0-9a-f]{64})/g, `://${mask}@`],
  [/(authorization\\*["']?\s*[:=]\s*\\*["']?)[^"'\\\r\n]+/gi, `$1${mask}`],
  // A quoted docker configuration, also where it is quoted in JSON itself: `{\"auth\":\"…\"}`.
  [/("(?:auth|password|identitytoken|registrytoken)\\*"\s*:\s*\\*")[^"\\]+/g, `$1${mask}`],
];

/**
 * The text without credentials: presigned queries, userinfo in URLs, Authorization headers,
 * docker logins, and the given values, also in their percent-encoded form.
 *
 * @param secrets values to remove; the empty one is passed over
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let result = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret === '') continue;
    result = result.replaceAll(secret, mask).replaceAll(encodeURIComponent(secret), mask);
  }
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result;
}
