/** Image registries, as activities use them. References are full: `<host>/<path>[:tag][@digest]`. */
export interface Registry {
  /**
   * The digest of the manifest or index that the reference names, asked of the host's mirror
   * where one is set; null when the registry says that there is none. For images that others made.
   *
   * Throws `BaseImageDenied`, `RegistryRateLimited`, `RegistryUnavailable`, `RegistryRefused`, `SecretNotFound`.
   *
   * @param secret name of a dockerconfigjson Secret, null for anonymous
   */
  resolve(reference: string, secret: string | null): Promise<string | null>;
  /**
   * Like `resolve`, but asked of the registry itself, never of a mirror: for images that Slipway
   * pushes, which a mirror may not have, or no longer.
   *
   * Throws `PushDenied`, `RegistryRateLimited`, `RegistryUnavailable`, `RegistryRefused`, `SecretNotFound`.
   */
  resolvePushed(reference: string, secret: string | null): Promise<string | null>;
  /**
   * Makes `<repository>:<tag>` name the manifest `digest`, without a second push of layers.
   * A tag that names it already is left alone.
   *
   * Throws `PushDenied`, `TagImmutable`, `DigestMismatch` (the registry does not hold the
   * manifest), `RegistryRateLimited`, `RegistryUnavailable`, `RegistryRefused`, `SecretNotFound`.
   */
  tag(repository: string, digest: string, tag: string, secret: string | null): Promise<void>;
  /**
   * Resolves when images may be pushed to the repository: an upload is begun and given up.
   *
   * Throws `PushDenied`, `RegistryRateLimited`, `RegistryUnavailable`, `RegistryRefused`, `SecretNotFound`.
   */
  checkPush(repository: string, secret: string | null): Promise<void>;
}
