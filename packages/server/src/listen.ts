import type { ListenConfig } from '@moltnet/config'
import type { Server, WebSocketHandler } from 'bun'
import { errorCode } from './store/sqlite/errors.ts'

/**
 * Bodies beyond this many bytes are cut by the parser without an answer of ours; the limit that clients
 * see is far below and answered properly.
 */
const HARD_BODY_BYTES = 67_108_864

/** An idle connection, or a body that makes no progress, is closed after this many seconds. */
const IDLE_SECONDS = 30

/** Why the server cannot listen; the message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** What the listeners call. */
export interface ListenHandlers {
  fetch(request: Request, server: Server<unknown>): Response | undefined | Promise<Response | undefined>
  readonly websocket: WebSocketHandler<unknown>
}

/** One address that must be listened on, or may be where the system has its family. */
interface Address {
  readonly host: string
  readonly optional: boolean
}

const FAMILY_MISSING = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT'])

/**
 * Listens on every address of the configuration, all on one port. `localhost` and no host mean both
 * loopback addresses, or both unspecified ones: a program that tries ::1 first must not find another server.
 */
export function listen({ host, port, exposure }: ListenConfig, handlers: ListenHandlers): Server<unknown>[] {
  const servers: Server<unknown>[] = []
  try {
    for (const address of addresses(host, exposure)) {
      const server = listenOn(address, servers[0]?.port ?? port, handlers)
      if (server !== undefined) servers.push(server)
    }
  } catch (error) {
    for (const server of servers) void server.stop(true)
    throw error
  }
  return servers
}

/** The base URL for a person on this machine. */
export function localUrl({ host, exposure }: ListenConfig, port: number): string {
  const shown =
    host === null || isUnspecified(host) ? (exposure === 'loopback' ? '127.0.0.1' : 'localhost') : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}

function addresses(host: string | null, exposure: ListenConfig['exposure']): Address[] {
  if (host !== null && host !== 'localhost') return [{ host, optional: false }]
  const [v4, v6] = host === null && exposure === 'network' ? ['0.0.0.0', '::'] : ['127.0.0.1', '::1']
  return [
    { host: v4, optional: false },
    { host: v6, optional: true },
  ]
}

function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function listenOn(
  { host, optional }: Address,
  port: number,
  { fetch, websocket }: ListenHandlers,
): Server<unknown> | undefined {
  try {
    return Bun.serve<unknown>({
      hostname: host,
      port,
      ipv6Only: host.includes(':') && optional,
      development: false,
      // Outside of development Bun lets several programs share a port; a second server must be told.
      reusePort: false,
      maxRequestBodySize: HARD_BODY_BYTES,
      idleTimeout: IDLE_SECONDS,
      fetch,
      websocket,
    })
  } catch (error) {
    const code = errorCode(error)
    if (optional && code !== undefined && FAMILY_MISSING.has(code)) return undefined
    throw new ListenError(`cannot listen on ${host} port ${port}: ${listenFault(code, error)}`, {
      cause: error,
    })
  }
}

function listenFault(code: string | undefined, error: unknown): string {
  if (code === 'EADDRINUSE') return 'another program has this port; stop it or set another server.listen_addr'
  if (code === 'EACCES') return 'permission is denied; ports below 1024 need privileges'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address; check server.listen_addr'
  return error instanceof Error ? error.message : String(error)
}
