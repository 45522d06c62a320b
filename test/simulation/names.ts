/** The one address of the simulated network. */
export const BASE_URL = 'http://simulated:8787'

/** Id of the simulated network. */
export const NETWORK = 'sim'

/** Who watches everything by a v1 attachment. */
export const WATCHER = 'watcher'
