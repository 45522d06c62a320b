declare const MOLTNET_VERSION: string | undefined

/** Version of this program: built in by the build script, else the one of the workspace. */
export const VERSION: string = typeof MOLTNET_VERSION === 'string' ? MOLTNET_VERSION : '0.1.0-dev'
