import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** How long an answer may take, in milliseconds. */
const LIMIT_MS = 10_000

/** What `fetch` would not send: any Host, any header, any handshake. */
export interface RawRequest {
  method?: string
  path: string
  /** Every header that is sent; `Host` and `Connection: close` are filled in. */
  headers?: Record<string, string>
  body?: string | Uint8Array
}

/** Sends one request over a socket of its own and gives the status; 0 when the server hung up without one. */
export async function rawStatus(baseUrl: string, o: RawRequest): Promise<number> {
  const url = new URL(baseUrl)
  const body = typeof o.body === 'string' ? new TextEncoder().encode(o.body) : o.body
  const headers: Record<string, string> = {
    Host: url.host,
    Connection: 'close',
    ...(body === undefined ? {} : { 'Content-Length': String(body.byteLength) }),
    ...o.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${o.method ?? 'GET'} ${o.path} HTTP/1.1\r\n${lines.join('')}\r\n`
  return statusOf(baseUrl, [head, ...(body === undefined ? [] : [body])])
}

/** Writes these bytes to the server and gives the status of its answer; 0 when it hung up without one. */
export async function statusOf(baseUrl: string, chunks: readonly (string | Uint8Array)[]): Promise<number> {
  const url = new URL(baseUrl)
  const where = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || undefined }
  const socket =
    url.protocol === 'https:'
      ? connectTls({ ...where, port: where.port ?? 443 })
      : connectPlain({ ...where, port: where.port ?? 80 })
  let answer = ''
  socket.setTimeout(LIMIT_MS, () => socket.destroy())
  try {
    for (const chunk of chunks) socket.write(chunk)
    for await (const chunk of socket) {
      answer += String(chunk)
      // An accepted handshake stays open: the head is enough.
      if (answer.includes('\r\n\r\n')) break
    }
  } catch {
    // A server may cut a connection that breaks its rules before everything was written.
  } finally {
    socket.destroy()
  }
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}

/** Headers of a WebSocket handshake. */
export const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const
