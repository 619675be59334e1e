import packageJson from '../../package.json' with { type: 'json' };

/** The release of Slipway that runs. */
export const release: string = packageJson.version;
