import { isIP } from 'node:net'
import type { ServerConfig } from '@moltnet/config'
import { MoltnetError } from '@moltnet/protocol'
import type { Exchange } from './exchange.ts'

/** What the gate is made from. */
export interface GateOptions {
  readonly config: Pick<ServerConfig, 'server' | 'auth'>
  /** The port that is really listened on. */
  port(): number
  /** Name of the console's session cookie. */
  cookieName(): string
}

/** Refuses requests that a web page of somebody else could have made; before any credential is looked at. */
export type Gate = (exchange: Exchange) => void

export function createGate(options: GateOptions): Gate {
  const checkHost = hostCheck(options)
  const isOwnOrigin = originCheck(options)
  const withoutAuth = options.config.auth.mode === 'none'
  return (exchange) => {
    const { headers } = exchange.request
    checkHost(exchange)
    const origin = headers.get('origin')
    const site = headers.get('sec-fetch-site')
    if (origin === null && site === null && !headers.has('sec-fetch-mode') && !headers.has('sec-fetch-dest'))
      return
    checkContentType(exchange)
    // A page cannot add this header to a request that the server would not have to allow first (CORS).
    const shown = /^bearer /i.test(headers.get('authorization') ?? '')
    const ambient = withoutAuth || hasCookie(headers.get('cookie'), options.cookieName())
    const isAttach = exchange.path === '/v1/attach'
    if (origin !== null && (isAttach || (ambient && !shown)) && !isOwnOrigin(exchange, origin)) {
      throw new MoltnetError('forbidden', 'this origin is not allowed (server.allowed_origins)')
    }
    const foreign = site === 'cross-site' || site === 'same-site'
    if (foreign && ambient && !shown && !isConsoleNavigation(exchange)) {
      throw new MoltnetError('forbidden', 'requests from pages of other sites are not allowed')
    }
  }
}

/** DNS rebinding needs a name, so names have to be known. */
function hostCheck({ config }: GateOptions): (exchange: Exchange) => void {
  const { allowedHosts, listen } = config.server
  const known = new Set(['localhost', ...allowedHosts])
  if (listen.host !== null) known.add(listen.host.toLowerCase())
  const enforced = config.auth.mode === 'none' || allowedHosts.length > 0
  const check = (host: string | undefined) => {
    if (!enforced) {
      if (host === undefined) throw new MoltnetError('bad_request', 'the Host header is malformed')
      return
    }
    const name = host === undefined ? '' : hostName(host)
    if (isIP(name) === 0 && !known.has(name))
      throw new MoltnetError('forbidden', 'this host name is not allowed (server.allowed_hosts)')
  }
  // Clients send the same one over and over.
  let passed: string | undefined
  return ({ client, request }) => {
    const header = request.headers.get('host')
    if (header !== null && header === passed) return
    check(client.host)
    passed = header ?? undefined
  }
}

/** The name or address in a `Host` header, without port, brackets and closing dot. */
function hostName(host: string): string {
  const name = host.replace(/:[0-9]+$/, '')
  return name.startsWith('[') ? name.slice(1, -1) : name.replace(/\.$/, '')
}

function originCheck({ config, port }: GateOptions): (exchange: Exchange, origin: string) => boolean {
  const { allowedOrigins, allowedOriginsConfigured, listen } = config.server
  const configured = new Set(allowedOrigins)
  let defaults: ReadonlySet<string> | undefined
  return ({ client, request }, origin) => {
    if (configured.has(origin)) return true
    // The port is known only once the server listens.
    if (!allowedOriginsConfigured) defaults ??= listenOrigins(listen.host, port())
    if (defaults?.has(origin)) return true
    for (const host of [client.host, client.publicHost]) {
      if (host === undefined) continue
      if (origin === `${client.scheme}://${host}`) return true
      // Behind a proxy for https that is not trusted, the browser itself still knows.
      if (origin === `https://${host}` && request.headers.get('sec-fetch-site') === 'same-origin') return true
    }
    return false
  }
}

function listenOrigins(host: string | null, port: number): ReadonlySet<string> {
  const names = ['localhost', '127.0.0.1', '[::1]']
  if (host !== null) names.push(isIP(host) === 6 ? `[${host}]` : host.toLowerCase())
  const origins = names.flatMap((name) => ['http', 'https'].map((scheme) => `${scheme}://${name}:${port}`))
  return new Set(origins.map((origin) => new URL(origin).origin))
}

/** A form or a `no-cors` request of a page can carry a body of three other types, but never JSON. */
function checkContentType({ request }: Exchange): void {
  const { headers } = request
  const length = headers.get('content-length')
  const hasBody = headers.has('transfer-encoding') || (length !== null && length !== '0')
  if (!hasBody) return
  const type = (headers.get('content-type') ?? '').split(';')[0] as string
  if (type.trim().toLowerCase() !== 'application/json')
    throw new MoltnetError('unsupported_media_type', 'a body must have Content-Type: application/json')
}

/** A typed or followed link to the console; it shows a page and changes nothing. */
function isConsoleNavigation({ method, path, request }: Exchange): boolean {
  const isConsole = path === '/' || path === '/console' || path.startsWith('/console/')
  if (!isConsole || method !== 'GET') return false
  const { headers } = request
  return headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document'
}

function hasCookie(header: string | null, name: string): boolean {
  return header !== null && readCookie(header, name) !== undefined
}

/** The value of a cookie; the first of several counts. */
export function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at >= 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
