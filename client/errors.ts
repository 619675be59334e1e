/** A service that the client needs did not answer, or not as expected: not the build's fault. */
export class ServiceUnreachable extends Error {
  override readonly name: string = 'ServiceUnreachable';
}

/** Temporal does not know the caller, or does not permit what was asked: asking again is of no use. */
export class AccessDenied extends ServiceUnreachable {
  override readonly name = 'AccessDenied';
}

/** Temporal's configuration names what is not there, e.g. a namespace, a profile or a certificate's file. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';
}

/** No build of this id is known to the namespace, nor its result to the store. */
export class BuildNotFound extends Error {
  override readonly name = 'BuildNotFound';
}

/** A caller's idempotency key or build id that cannot be one. */
export class InvalidBuildId extends Error {
  override readonly name = 'InvalidBuildId';
}

/** The build is of the wrong kind for what was asked of it: it still runs, or it is a plan. */
export class BuildNotRetryable extends Error {
  override readonly name = 'BuildNotRetryable';
}

/** No worker hands out what was asked for: it lies outside of what clients may read. */
export class ReadRefused extends Error {
  override readonly name = 'ReadRefused';
}

/** The build has no such component or container, or the cursor is none of its logs. */
export class LogNotFound extends Error {
  override readonly name = 'LogNotFound';
}

/** The application has no schedule of this name. */
export class ScheduleNotFound extends Error {
  override readonly name = 'ScheduleNotFound';
}

/** The store has no such package: never published, or of a build that did not get that far. */
export class PackageNotFound extends Error {
  override readonly name = 'PackageNotFound';
}
