import { pattern, type Rule } from './verdict.ts';

/**
 * What registries answer, as both builders print it: Kaniko (go-containerregistry) by the error
 * code in capitals, Buildah (containers/image) in words. Read on a builder's own error line, never
 * on what a RUN instruction printed.
 */
const busy = /TOOMANYREQUESTS|too ?many ?requests|\b429\b|pull rate limit/i;
const denied =
  /UNAUTHORIZED|DENIED|\b40[13]\b|authentication required|requested access|insufficient_scope|forbidden/i;
const broken =
  /\b5\d\d\b|\bEOF\b|connection re(?:fused|set)|i\/o timeout|TLS handshake|context deadline|no such host|server misbehaving|network is unreachable|no route to host|broken pipe|x509:|http: server gave HTTP|BLOB_UPLOAD_(?:INVALID|UNKNOWN)/i;

/** Pulling a base image. */
export const pullRules: readonly Rule<string>[] = [
  pattern('RegistryRateLimited', busy),
  pattern(
    'BaseImageNotFound',
    /MANIFEST_UNKNOWN|NAME_UNKNOWN|manifest unknown|name unknown|no child with platform|no image found in (?:manifest list|image index)|repository .* not found/i,
  ),
  pattern('BaseImageDenied', denied),
  pattern('RegistryUnavailable', broken),
];

/** Pushing the image, or asking whether one may. */
export const pushRules: readonly Rule<string>[] = [
  pattern('RegistryRateLimited', busy),
  pattern(
    'TagImmutable',
    /tag is immutable|immutable tag|tag immutability|TAG_INVALID|tag invalid: The image tag .* already exists/i,
  ),
  pattern('PushDenied', denied),
  pattern('PushDenied', /quota|NAME_UNKNOWN|name unknown/i),
  pattern('RegistryUnavailable', broken),
  pattern('RegistryUnavailable', /\bUNKNOWN\b/),
];
