/**
 * Base URL of a server in one form: http or https, no user, query, fragment or trailing slash. A path is
 * kept, for servers behind a proxy prefix. Throws a TypeError that says what is wrong.
 */
export function normalizeBaseUrl(value: string): string {
  if (!URL.canParse(value)) throw new TypeError(`base URL is not a URL: ${JSON.stringify(value)}`)
  const url = new URL(value)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`base URL must start with http:// or https://, not ${url.protocol}//`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('base URL must not hold a user or password; give the token on its own')
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** Query parameters; undefined ones are left out. */
export type Query = Record<string, string | number | undefined>

/** Absolute URL of a path given as segments, each of them encoded. */
export function endpoint(baseUrl: string, segments: readonly string[], query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) search.set(key, String(value))
  }
  const path = segments.map((segment) => `/${encodeSegment(segment)}`).join('')
  return `${baseUrl}${path}${search.size === 0 ? '' : `?${search.toString()}`}`
}

/** `.` and `..` would be resolved away by the URL parser even when encoded, and reach another route. */
function encodeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..') {
    throw new TypeError(`not an id: ${JSON.stringify(segment)}`)
  }
  return encodeURIComponent(segment)
}

/** The WebSocket form of an http or https URL. */
export function webSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws')
}

/** Whether a URL names this machine: `localhost`, a name below it, 127.0.0.0/8 or ::1. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}
