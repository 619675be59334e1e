/** The one platform that is built for; the definition refuses others. */
export const platform = 'linux/amd64';
