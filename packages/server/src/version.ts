import manifest from '../package.json' with { type: 'json' }

/** Version of the server when the program that starts it names none. */
export const SERVER_VERSION: string = manifest.version
