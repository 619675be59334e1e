/** A process of the local environment: how it is started, and how it shows that it works. */
export interface Component {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /**
   * What else decides how the process behaves, contents of its configuration and certificate files
   * above all: when any of it has changed since the start, the process is started again.
   */
  readonly configuration: readonly string[];
  /** Runs in the instance's mount namespace (see host/mount-namespace.ts). */
  readonly isOnNode: boolean;
  /** Milliseconds from SIGTERM to SIGKILL; 0 kills at once. */
  readonly grace: number;
  /** Resolves when the component does its work; rejects with what is wrong. */
  readonly check: () => Promise<void>;
}
