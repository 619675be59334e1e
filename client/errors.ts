/** A service that the client needs did not answer: not the build's fault. */
export class ServiceUnreachable extends Error {
  override readonly name = 'ServiceUnreachable';
}

/** No build of this id is known to the namespace (its history may have expired). */
export class BuildNotFound extends Error {
  override readonly name = 'BuildNotFound';
}

/** A caller's idempotency key or build id that cannot be one. */
export class InvalidBuildId extends Error {
  override readonly name = 'InvalidBuildId';
}
