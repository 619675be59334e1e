/**
 * What a git server is shown. Lives in memory, and in files that only one git command reads; never
 * in a workflow, log, argument or URL.
 */
export type GitCredentials =
  | {
      readonly kind: 'password';
      /** `git` where the Secret has only a token: servers that take tokens ignore the name. */
      readonly username: string;
      readonly password: string;
      /** Other for every change of the Secret: what it could read before is fetched anew. */
      readonly version: string;
    }
  | {
      readonly kind: 'ssh';
      /** As OpenSSH reads it, without passphrase. */
      readonly privateKey: string;
      /** Lines of known_hosts(5): no other host key is accepted. */
      readonly knownHosts: string;
      readonly version: string;
    };

/** Reads the Secrets of git sources by name, at the moment of use. */
export interface GitSecrets {
  /**
   * The credentials in the Secret `name`, of type kubernetes.io/basic-auth or kubernetes.io/ssh-auth.
   * Throws `SecretNotFound` when there is no such Secret, or it is not labelled `slipway/use: git`,
   * or not annotated `slipway/hosts` for this host, or lacks what its type needs;
   * `ClusterUnavailable`.
   *
   * @param host `host`, with `:port` where it is not the protocol's own
   */
  gitCredentials(name: string, host: string): Promise<GitCredentials>;
}
