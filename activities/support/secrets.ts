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
   * Resolves when the Secret `name` may be mounted into a Pod as its docker configuration:
   * labelled `slipway/use: registry`, annotated `slipway/hosts` for one host or more and for all
   * `hosts`, its logins for annotated hosts alone and in the form that builders read. Throws `SecretNotFound` when there is no
   * such Secret, or it is for something else or not usable; `ClusterUnavailable`.
   */
  requireRegistryUse(name: string, hosts?: readonly string[]): Promise<void>;
  /**
   * Resolves when the Secret `name` may be given to RUN instructions: labelled
   * `slipway/use: build`, with a value under `key`. Throws `SecretNotFound`, `ClusterUnavailable`.
   */
  requireBuildUse(name: string, key: string): Promise<void>;
  /** The value of such a Secret, to know it again where it is printed. Throws as `requireBuildUse`. */
  buildValue(name: string, key: string): Promise<string>;
}
