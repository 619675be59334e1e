/** A login for one registry host. Lives in memory only, never in a workflow, log or argument. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** Reads Secrets by name, at the moment of use. */
export interface Secrets {
  /**
   * The login that the dockerconfigjson Secret `name` has for `host`; null when it has none.
   * Throws `SecretNotFound` when there is no such Secret, or it is not labelled
   * `slipway/use: registry`, or not annotated `slipway/hosts` for this host; `ClusterUnavailable`.
   */
  registryLogin(name: string, host: string): Promise<RegistryLogin | null>;
  /**
   * Resolves when the Secret `name` is for registries: labelled `slipway/use: registry` and
   * annotated `slipway/hosts` for one host or more. Its content is not looked at. Throws
   * `SecretNotFound` when there is no such Secret or it is for something else;
   * `ClusterUnavailable`.
   */
  requireRegistryUse(name: string): Promise<void>;
}
