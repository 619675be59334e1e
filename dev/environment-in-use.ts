/** The environment of this home runs in another way than the one asked for. The CLI exits with 3. */
export class EnvironmentInUse extends Error {
  override readonly name = 'EnvironmentInUse';

  constructor(home: string, use: string) {
    super(
      `The environment in ${home} ${use}. Stop it first (\`slipway dev down\`; its data stays), or set SLIPWAY_HOME to another directory.`,
    );
  }
}
