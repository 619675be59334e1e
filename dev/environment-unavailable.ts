/** The local environment can't run on this machine, or not as this user. The CLI exits with 3. */
export class EnvironmentUnavailable extends Error {
  override readonly name = 'EnvironmentUnavailable';

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `The local environment can't run here: ${reason}. ` +
        'To use a Kubernetes cluster that you already have, pass --kube-context NAME.',
      options,
    );
  }
}
